import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { concurrently, sequentially } from './load.js';

test('asks one after the other', async () => {
  let [open, most, asked] = [0, 0, 0];
  const latencies = await sequentially(20, async () => {
    asked++;
    most = Math.max(most, ++open);
    await turn();
    open--;
  });
  expect({ most, counted: latencies.length }).toEqual({ most: 1, counted: asked });
  expect(latencies.every((ms) => ms > 0)).toBe(true);
});

test('keeps as many callers asking as it is told', async () => {
  let [open, most] = [0, 0];
  let asked = 0;
  const { perSecond, latencies } = await concurrently(20, 5, async () => {
    asked++;
    most = Math.max(most, ++open);
    await turn();
    open--;
  });
  expect({ most, open, counted: latencies.length }).toEqual({ most: 5, open: 0, counted: asked });
  expect(latencies.every((ms) => ms > 0)).toBe(true);
  expect(perSecond).toBeGreaterThan(0);
});

test.each([
  ['sequentially', () => sequentially(20, () => Promise.reject(new Error('no answer')))],
  ['concurrently', () => concurrently(20, 3, () => Promise.reject(new Error('no answer')))],
])('%s: a failed call is no figure', async (_how, run) => {
  await expect(run()).rejects.toThrow('no answer');
});
