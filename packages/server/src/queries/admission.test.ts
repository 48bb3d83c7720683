import { expect, test } from 'vitest';
import { Admission, type Turn } from './admission.js';

const LIMITS = { running: 3, waiting: 2, waitMs: 60_000, threads: 4 };

function open(): AbortSignal {
  return new AbortController().signal;
}

/** Lets promises settle that can. */
async function settle(): Promise<void> {
  for (let i = 0; i < 10; i += 1) await Promise.resolve();
}

test('[GN-11] one Workspace never holds every place, and the next turn is that of the Workspace that waited longest', async () => {
  const admission = new Admission(LIMITS);
  const first = await admission.enter('greedy', open());
  await admission.enter('greedy', open());
  const order: string[] = [];
  const enter = (workspace: string, name: string): Promise<Turn> => {
    const turn = admission.enter(workspace, open());
    void turn.then(() => order.push(name));
    return turn;
  };
  const third = enter('greedy', 'greedy 3');
  enter('greedy', 'greedy 4');
  const modest = await enter('modest', 'modest 1');
  enter('modest', 'modest 2');
  expect(modest.waitedMs).toBe(0);
  await settle();
  expect(order).toEqual(['modest 1']);
  first.leave();
  first.leave();
  await settle();
  expect(order).toEqual(['modest 1', 'greedy 3']);
  expect((await third).reason).toBe('workspace');
  modest.leave();
  await settle();
  expect(order).toEqual(['modest 1', 'greedy 3', 'modest 2']);
});

test('[GN-11] a Workspace whose queue is full is refused, others are not', async () => {
  const admission = new Admission(LIMITS);
  for (let i = 0; i < 4; i += 1) void admission.enter('greedy', open());
  await expect(admission.enter('greedy', open())).rejects.toMatchObject({
    code: 'too_many_queries',
    status: 429,
    message: 'Too many queries of this Workspace at once: 2 wait already. Try again in a moment.',
    headers: { 'Retry-After': '1' },
  });
  expect((await admission.enter('modest', open())).waitedMs).toBe(0);
});

test('[GN-11] who waits too long is refused, and who goes away leaves its place in the queue', async () => {
  const admission = new Admission({ ...LIMITS, running: 1, waitMs: 1 });
  const turn = await admission.enter('a', open());
  await expect(admission.enter('a', open())).rejects.toMatchObject({ code: 'too_many_queries' });
  const patient = new Admission({ ...LIMITS, running: 1 });
  const held = await patient.enter('a', open());
  const gone = new AbortController();
  const waiting = patient.enter('a', gone.signal);
  gone.abort();
  await expect(waiting).rejects.toMatchObject({ name: 'QueryCancelledError' });
  await expect(patient.enter('a', gone.signal)).rejects.toMatchObject({ name: 'QueryCancelledError' });
  held.leave();
  expect((await patient.enter('b', open())).waitedMs).toBe(0);
  turn.leave();
});

test('the more queries run, the fewer threads each gets', async () => {
  const admission = new Admission({ ...LIMITS, running: 8, threads: 4 });
  const threads: number[] = [];
  for (let i = 0; i < 6; i += 1) threads.push((await admission.enter(`w${i}`, open())).threads);
  expect(threads).toEqual([4, 2, 1, 1, 1, 1]);
});
