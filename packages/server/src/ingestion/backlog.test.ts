import { expect, test } from 'vitest';
import { ApiError } from '../errors/index.js';
import type { RequestRoom } from '../limits/index.js';
import { Backlog } from './backlog.js';

const MIB = 1024 * 1024;

/** The status and the headers with which something is refused; null when it is not. */
function refusal(take: () => void): unknown {
  try {
    take();
    return null;
  } catch (error) {
    if (error instanceof ApiError) return [error.status, error.code, error.headers];
    throw error;
  }
}

const REFUSED = [503, 'ingestion_overloaded', { 'Retry-After': '1' }];

test('[EV-18] events of one Workspace in memory leave room for those of others, and give theirs back', () => {
  const backlog = new Backlog(MIB);
  const rooms = Array.from({ length: 13 }, () => backlog.takeRoom('one'));
  const refused = rooms.map((room) => refusal(() => room.add(10 * MIB)));
  expect(refused).toEqual([...Array.from({ length: 12 }, () => null), REFUSED]);
  const other = backlog.takeRoom('other');
  expect(refusal(() => other.add(10 * MIB))).toBe(null);
  for (const room of rooms) room.giveBack();
  expect(refusal(() => backlog.takeRoom('one').add(100 * MIB))).toBe(null);
});

test('[EV-18] a request that alone takes more than a Workspace may hold is taken besides the others, one at a time', () => {
  const backlog = new Backlog(MIB);
  const [large, second, small, another] = ['one', 'one', 'one', 'other'].map((id) => backlog.takeRoom(id));
  const add = (room: RequestRoom | undefined, mib: number): unknown => refusal(() => room?.add(mib * MIB));
  expect([add(large, 100), add(large, 100)]).toEqual([null, null]);
  expect([add(small, 100), add(another, 75), add(another, 70)]).toEqual([null, null, REFUSED]);
  small?.giveBack();
  expect([add(second, 90), add(second, 100)]).toEqual([null, REFUSED]);
  expect(add(large, 312)).toBe(null);
  expect(add(large, 1)).toEqual([413, 'events_too_large', {}]);
  large?.giveBack();
  expect([add(second, 100), add(second, 323)]).toEqual([null, [413, 'events_too_large', {}]]);
  for (const room of [second, another]) room?.giveBack();
  expect(add(small, 128)).toBe(null);
});

test('[EV-18] events on the disk: a Data Source leaves room for others of its Workspace, and a Workspace for others', () => {
  const backlog = new Backlog(100);
  const a = { workspaceId: 'one', datasourceId: 'a' };
  expect([50, 1].map((bytes) => refusal(() => backlog.take(a, bytes)))).toEqual([null, REFUSED]);
  expect(refusal(() => backlog.take({ workspaceId: 'other', datasourceId: 'b' }, 25))).toBe(null);
  backlog.release(a, 50);
  expect(refusal(() => backlog.take(a, 37))).toBe(null);
});
