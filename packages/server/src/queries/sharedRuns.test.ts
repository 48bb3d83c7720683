import { QueryCancelledError, type QueryResult } from '@goldcrest/engine';
import { expect, test } from 'vitest';
import { SharedRuns } from './sharedRuns.js';

const RESULT = { rowsRead: 1, bytesRead: 1, elapsedSeconds: 0 };

function ask(shared: SharedRuns, keepSeconds: number, body: string, key = 'SELECT 1'): Promise<string> {
  const request = { workspaceId: 'w', key, keepSeconds, signal: new AbortController().signal };
  const start = async (): Promise<QueryResult> => ({ ...RESULT, body: Buffer.from(body) });
  return shared.get(request, start).then(({ result, release }) => {
    release();
    return 'body' in result ? Buffer.from(result.body).toString() : '';
  });
}

test('[TPF-39] a result that one request lets be kept is no answer for another that does not', async () => {
  const shared = new SharedRuns(true);
  expect(await ask(shared, 60, 'old')).toBe('old');
  expect(await ask(shared, 0, 'new')).toBe('new');
  expect(await ask(shared, 60, 'newer')).toBe('old');
});

test('small results of long queries do not fill the memory: their keys count too', async () => {
  const shared = new SharedRuns(true);
  const long = 'x'.repeat(1024 * 1024);
  for (let at = 0; at < 40; at += 1) await ask(shared, 60, 'first', `${at}${long}`);
  expect(await ask(shared, 60, 'again', `39${long}`)).toBe('first');
  expect(await ask(shared, 60, 'again', `0${long}`)).toBe('again');
});

test('[SVT-01] a run counts for a reader who is still there, not for one who went away', async () => {
  const shared = new SharedRuns(true);
  let end = (): void => {};
  const running = new Promise<QueryResult>((resolve) => {
    end = () => resolve({ ...RESULT, body: Buffer.from('rows') });
  });
  const gone = new AbortController();
  const get = (signal: AbortSignal) =>
    shared.get({ workspaceId: 'w', key: 'SELECT 1', keepSeconds: 0, signal }, () => running);
  const left = get(gone.signal);
  const stayed = [get(new AbortController().signal), get(new AbortController().signal)];
  gone.abort();
  end();
  await expect(left).rejects.toBeInstanceOf(QueryCancelledError);
  expect((await Promise.all(stayed)).map(({ ran }) => ran)).toEqual([true, false]);
});
