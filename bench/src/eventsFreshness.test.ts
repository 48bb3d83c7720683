import { expect, test } from 'vitest';
import { Probes } from './eventsFreshness.js';

test('an event waits from its acknowledgement until a query sees it', () => {
  const probes = new Probes();
  probes.acknowledge(100);
  probes.acknowledge(120);
  probes.seen(0, 130);
  probes.seen(1, 140);
  probes.seen(1, 150);
  probes.acknowledge(160);
  probes.seen(3, 170);
  expect(probes.waits).toEqual([40, 50, 10]);
});

test('an event that is seen before its acknowledgement has arrived did not wait', () => {
  const probes = new Probes();
  probes.seen(1, 90);
  probes.acknowledge(100);
  probes.finish();
  expect(probes.done).toBe(false);
  probes.seen(1, 100);
  expect([probes.waits, probes.done]).toEqual([[0], true]);
});
