import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { nodeDisk } from '../log/disk.js';
import { EventLog } from '../log/eventLog.js';
import { keepFindings, readFindings } from './findings.js';

const FOUND = {
  refused: [3],
  cost: { written: { rows: 9, bytes: 90 }, quarantined: { rows: 1, bytes: 7 }, engineSeconds: 0.5 },
  views: [
    { nodes: ['t_1', 't_2'], reason: 'unlucky', own: [5], stopped: [2, 5] },
    { nodes: ['t_3'], reason: 'broken', own: null, stopped: [] },
  ],
};
const NAME = `t_${'0'.repeat(32)}.01KB5EXAMPLE00000000000000.ndjson`;

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'goldcrest-findings-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

/** The segment that is there, as a start finds it. */
async function found() {
  const options = { disk: nodeDisk, directory, durability: 'always', segmentBytes: 1000 } as const;
  const told = { now: Date.now, appended: () => {}, failed: () => {} };
  const { log, found: segments, unknown } = await EventLog.open({ ...options, ...told });
  const streams = segments.map((segment) => log.takeFound(segment, 'w'));
  return { log, segment: streams[0]?.sealed[0], unknown };
}

test('[EV-11] what was found is there after a restart, and goes with its segment', async () => {
  await writeFile(join(directory, NAME), '{}\n');
  const { log, segment } = await found();
  if (segment === undefined) throw new Error('There is no segment.');
  expect(await readFindings(nodeDisk, segment)).toBeNull();
  await keepFindings(log, segment, FOUND);
  const again = await found();
  if (again.segment === undefined) throw new Error('There is no segment.');
  expect(again.unknown).toEqual([]);
  expect(await readFindings(nodeDisk, again.segment)).toEqual(FOUND);
  await again.segment.remove();
  expect((await nodeDisk.list(directory)).map(({ name }) => name)).toEqual([]);
});

test.each([
  ['the beginning of it', JSON.stringify(FOUND).slice(0, 60)],
  ['nothing', ''],
  ['something else', '{"views":[]}'],
])('[EV-11] of a file that holds %s nothing was brought yet', async (_title, text) => {
  await writeFile(join(directory, NAME), '{}\n');
  await writeFile(join(directory, `${NAME}.missed`), text);
  const { segment } = await found();
  if (segment === undefined) throw new Error('There is no segment.');
  expect(await readFindings(nodeDisk, segment)).toBeNull();
});

test('[EV-11] without its segment it is removed', async () => {
  await writeFile(join(directory, `${NAME}.missed`), JSON.stringify(FOUND));
  expect((await found()).segment).toBeUndefined();
  expect((await nodeDisk.list(directory)).map(({ name }) => name)).toEqual([]);
});
