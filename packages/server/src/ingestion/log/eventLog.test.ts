import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EventLog } from './eventLog.js';
import { linesOf } from './record.js';
import { repairSegment } from './repair.js';
import type { Durability } from './segment.js';
import type { LogStream, StreamTarget } from './stream.js';
import { BrittleDisk, systemError } from './testing/brittleDisk.js';

let directory: string;
let disk: BrittleDisk;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'goldcrest-log-'));
  disk = new BrittleDisk();
});
afterEach(async () => {
  disk.faults = {};
  for (const log of logs.splice(0)) await log.close();
  await rm(directory, { recursive: true, force: true });
});

const logs: EventLog[] = [];

async function openLog(options: { durability?: Durability; segmentBytes?: number } = {}): Promise<EventLog> {
  return (await openIt(options)).log;
}

async function openIt(
  options: { durability?: Durability; segmentBytes?: number } = {},
): ReturnType<typeof EventLog.open> {
  const { durability = 'always', segmentBytes = 1_000_000 } = options;
  const opened = await EventLog.open({
    disk,
    directory,
    durability,
    segmentBytes,
    now: Date.now,
    appended: () => {},
    failed: () => {},
  });
  logs.push(opened.log);
  return opened;
}

function target(number = 1): StreamTarget {
  return { workspaceId: 'w', datasourceId: `t_${number.toString(16).padStart(32, '0')}` };
}

function append(stream: LogStream, ...ids: number[]): ReturnType<LogStream['append']> {
  const rows = Buffer.from(ids.map((id) => `{"id":${id}}\n`).join(''));
  return stream.append({ rows, rowCount: ids.length, quarantined: Buffer.alloc(0), quarantinedCount: 0 });
}

/** What a server that starts on the directory finds: the ids in its segments, the oldest first. */
async function idsFound(): Promise<number[]> {
  const { log, found } = await EventLog.open({
    disk: new BrittleDisk(),
    directory,
    durability: 'always',
    segmentBytes: 1,
    now: Date.now,
    appended: () => {},
    failed: () => {},
  });
  const ids: number[] = [];
  for (const { name } of found) {
    await repairSegment(log.disk, { directory, setAside: log.setAside, name });
    const lines = linesOf(await readFile(join(directory, name)));
    ids.push(...lines.map((line) => Number(JSON.parse(line).id)));
  }
  return ids;
}

describe('what was appended', () => {
  test('[EV-11] is found again after the process ended, in order', async () => {
    const stream = (await openLog({ segmentBytes: 100 })).stream(target());
    for (let id = 0; id < 20; id += 2) await append(stream, id, id + 1);
    expect(await idsFound()).toEqual(Array.from({ length: 20 }, (_, id) => id));
  });

  test('[EV-27] together shares syncs, and each request knows its place', async () => {
    const stream = (await openLog()).stream(target());
    const places = await Promise.all(Array.from({ length: 100 }, (_, id) => append(stream, id, id)));
    expect(disk.syncs).toBeLessThan(10);
    expect(places.map(({ firstRow, rows }) => [firstRow, rows])).toEqual(
      Array.from({ length: 100 }, (_, i) => [2 * i, 2]),
    );
    expect(new Set(places.map(({ segment }) => segment)).size).toBe(1);
  });

  test('[EV-11] goes into a new segment once the old one is sealed', async () => {
    const stream = (await openLog()).stream(target());
    const first = await append(stream, 1);
    const [second] = await Promise.all([append(stream, 2), stream.seal()]);
    stream.seal();
    const third = await append(stream, 3);
    expect(second.segment).not.toBe(third.segment);
    expect(
      [first, second, third].map(({ segment }) => segment.rows).reduce((sum, rows) => sum + rows),
    ).toBeGreaterThanOrEqual(3);
    expect(await idsFound()).toEqual([1, 2, 3]);
  });

  test.each([
    ['always', [1, 2, 3]],
    ['off', [0, 0, 0]],
  ] as const)('[EV-11] durability %s', async (durability, expected) => {
    const stream = (await openLog({ durability })).stream(target());
    const syncs: number[] = [];
    for (const id of [1, 2, 3]) {
      await append(stream, id);
      syncs.push(disk.syncs);
    }
    expect(syncs).toEqual(expected);
  });

  test('[EV-11] durability interval syncs what was written, at the latest when the log is closed', async () => {
    const log = await openLog({ durability: 'interval' });
    await append(log.stream(target()), 1);
    await log.close();
    expect(disk.syncs).toBe(1);
  });

  test('[EV-11] is counted when a segment that was sealed meanwhile is idle', async () => {
    const stream = (await openLog()).stream(target());
    let counted: Promise<number> | undefined;
    disk.faults = {
      write: () => {
        stream.seal();
        const [segment] = stream.sealed;
        counted = segment?.idle.then(() => segment.bytes);
        return null;
      },
    };
    const { segment } = await append(stream, 1);
    expect([await counted, segment.rows]).toEqual([segment.bytes, 1]);
  });

  test('to many Data Sources opens a bounded number of files', async () => {
    const log = await openLog();
    const streams = Array.from({ length: 600 }, (_, i) => log.stream(target(i)));
    for (const id of [1, 2]) await Promise.all(streams.map((stream) => append(stream, id)));
    expect(disk.openMost).toBeLessThanOrEqual(256);
    expect((await readdir(directory)).length).toBe(601);
  });
});

describe('a disk that fails', () => {
  test.each([
    ['a write that fails', { write: () => systemError('EIO') }, 'EIO'],
    [
      'a full disk',
      { shortWrite: (bytes: number) => bytes >> 1, write: () => systemError('ENOSPC') },
      'ENOSPC',
    ],
    ['a sync that fails', { sync: () => systemError('EIO') }, 'EIO'],
    ['a file that can not be made', { create: () => systemError('EMFILE') }, 'EMFILE'],
    ['a name that can not be synced', { syncDirectory: () => systemError('EIO') }, 'EIO'],
  ])(
    '[EV-18] %s refuses the request, and leaves what was acknowledged as it is',
    async (_title, faults, code) => {
      const stream = (await openLog()).stream(target());
      await append(stream, 1);
      if ('create' in faults || 'syncDirectory' in faults) stream.seal();
      disk.faults = faults;
      await expect(append(stream, 2)).rejects.toMatchObject({ code });
      disk.faults = {};
      await append(stream, 3);
      expect(await idsFound()).toEqual([1, 3]);
    },
  );

  test.each([
    ['a full disk', { shortWrite: () => 0, write: () => systemError('ENOSPC') }],
    [
      'a disk that can not even cut off',
      { write: () => systemError('EIO'), truncate: () => systemError('EIO') },
    ],
  ])('[EV-18] %s leaves nothing of the requests that it refuses', async (_title, faults) => {
    const log = await openLog();
    const stream = log.stream(target());
    disk.faults = faults;
    for (let id = 0; id < 300; id += 1) await expect(append(stream, id)).rejects.toMatchObject({});
    expect([await readdir(directory), stream.sealed, disk.opened]).toEqual([['set-aside'], [], 0]);
    disk.faults = {};
    await append(stream, 300);
    expect(await idsFound()).toEqual([300]);
  });

  test('[EV-18] what could not be cut off at once is cut off before it is inserted', async () => {
    const stream = (await openLog()).stream(target());
    await append(stream, 1);
    disk.faults = { sync: () => systemError('EIO'), truncate: () => systemError('EIO') };
    await expect(append(stream, 2)).rejects.toMatchObject({ code: 'EIO' });
    disk.faults = {};
    await stream.sealed[0]?.clean();
    expect(await idsFound()).toEqual([1]);
  });

  test('a disk that writes a byte at a time', async () => {
    disk.faults = { shortWrite: () => 1 };
    await append((await openLog()).stream(target()), 1, 2);
    disk.faults = {};
    expect(await idsFound()).toEqual([1, 2]);
  });

  test('[EV-11] [EV-18] whatever fails when, exactly what was acknowledged is found', async () => {
    const faults = ['write', 'sync', 'short', 'create', 'name', 'truncate'];
    const fault = fc.constantFrom('none', 'none', 'none', ...faults);
    const step = fc.record({ fault, requests: fc.integer({ min: 1, max: 4 }), seal: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
        const log = await openLog({ segmentBytes: 150 });
        const stream = log.stream(target());
        const acknowledged: number[] = [];
        let id = 0;
        for (const { fault: kind, requests, seal } of steps) {
          if (seal) stream.seal();
          disk.faults = faultsOf(kind);
          const ids = Array.from({ length: requests }, () => id++);
          const results = await Promise.allSettled(ids.map((one) => append(stream, one)));
          acknowledged.push(...ids.filter((_, i) => results[i]?.status === 'fulfilled'));
        }
        disk.faults = {};
        for (const segment of stream.sealed) await segment.clean();
        expect(await idsFound()).toEqual(acknowledged);
        for (const { name } of await disk.list(directory)) await disk.remove(join(directory, name));
      }),
      { numRuns: 60 },
    );
  });
});

function faultsOf(kind: string): BrittleDisk['faults'] {
  const fail = () => systemError('EIO');
  switch (kind) {
    case 'write':
      return { write: fail };
    case 'sync':
      return { sync: fail };
    case 'short':
      return { shortWrite: (bytes) => Math.ceil(bytes / 3), write: fail };
    case 'create':
      return { create: fail };
    case 'name':
      return { syncDirectory: fail };
    case 'truncate':
      return { sync: fail, truncate: fail };
    default:
      return {};
  }
}

test('[EV-11] a damaged segment is kept aside as it was, and what of it is whole stays', async () => {
  const stream = (await openLog()).stream(target());
  for (const id of [1, 2, 3]) await append(stream, id);
  const [name = ''] = (await readdir(directory)).filter((file) => file.endsWith('.ndjson'));
  const bytes = await readFile(join(directory, name));
  const at = bytes.indexOf('"id":2') + 5;
  bytes[at] = 0x39;
  await writeFile(join(directory, name), bytes);
  expect(await idsFound()).toEqual([1, 3]);
  expect(await readFile(join(directory, 'set-aside', `${name}.damaged`))).toEqual(bytes);
});

test('[EV-11] of files that are no segments only what the log itself left is removed at a start', async () => {
  const segment = `${target().datasourceId}.01ARZ3NDEKTSV4RRFFQ69G5FAV.ndjson`;
  const own = ['draft', 'rows.part', 'quarantine.part', 'refused.part', '0-17.part'];
  for (const end of own) await writeFile(join(directory, `${segment}.${end}`), '');
  const others = ['README', 'a.draft', `${segment}.damaged`, `${segment}.error`, `${segment}.gz`, 'x.ndjson'];
  for (const name of [...others, segment]) await writeFile(join(directory, name), '');
  const { found, unknown } = await openIt();
  expect([found.map(({ name }) => name), unknown.sort()]).toEqual([[segment], others.sort()]);
  expect((await readdir(directory)).sort()).toEqual([...others, segment, 'set-aside'].sort());
});

test('[EV-11] a segment with a damaged length is kept aside as it was, and all its rows go in', async () => {
  const stream = (await openLog()).stream(target());
  for (const id of [1, 2]) await append(stream, id);
  const [name = ''] = (await readdir(directory)).filter((file) => file.endsWith('.ndjson'));
  const bytes = await readFile(join(directory, name));
  bytes.write('f', bytes.lastIndexOf('{"$log":"1 ') + '{"$log":"1 00000000 '.length);
  await writeFile(join(directory, name), bytes);
  expect(await idsFound()).toEqual([1, 2]);
  expect(await readFile(join(directory, 'set-aside', `${name}.damaged`))).toEqual(bytes);
});
