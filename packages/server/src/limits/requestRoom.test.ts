import { expect, test } from 'vitest';
import { RoomOfOwner } from './requestRoom.js';
import { SharedRoom } from './sharedRoom.js';

const refusal = new Error('There is no more room.');

test('[GN-11] a request that has ended takes no room any more, and gives back no more than it holds', () => {
  const shared = new SharedRoom(100);
  const take = (): RoomOfOwner => new RoomOfOwner(shared, 'one', () => refusal);
  const gone = take();
  gone.add(30);
  gone.end();
  expect(() => gone.add(1)).toThrow(refusal);
  gone.giveBack(20);
  gone.end();
  const next = take();
  next.add(50);
  expect(() => next.add(1)).toThrow(refusal);
});
