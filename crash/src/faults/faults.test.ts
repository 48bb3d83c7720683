import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Engine, openEmbeddedEngine } from '@goldcrest/engine';
import { Random } from '@goldcrest/example-web-analytics';
import { nodeDisk } from '@goldcrest/server';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { faultyDisk } from './disk.js';
import { faultyEngine } from './engine.js';
import { type Chances, Faults, NO_FAULTS } from './faults.js';
import { faultFlags, readFaultFlags } from './flags.js';

function faultsWith(chances: Partial<Chances>): Faults {
  return new Faults(new Random(1), { ...NO_FAULTS, ...chances });
}

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'goldcrest-faults-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

describe('a faulty disk', () => {
  const data = Buffer.from('0123456789');

  test('without faults writes and syncs what it is given', async () => {
    const disk = faultyDisk(nodeDisk, faultsWith({}));
    const file = await disk.create(join(directory, 'whole'), 'when-asked');
    expect(await file.write(data, 0)).toBe(10);
    await file.sync();
    await file.close();
    expect(await disk.read(join(directory, 'whole'))).toEqual(data);
    expect(await disk.list(directory)).toContainEqual({ name: 'whole', bytes: 10 });
  });

  test('says how much it wrote when it stops short', async () => {
    const disk = faultyDisk(nodeDisk, faultsWith({ shortWrite: 1 }));
    const file = await disk.create(join(directory, 'short'), 'when-asked');
    const written = await file.write(data, 0);
    await file.close();
    expect(written).toBeGreaterThan(0);
    expect(written).toBeLessThan(10);
    expect(await readFile(join(directory, 'short'))).toEqual(data.subarray(0, written));
  });

  test('fails to sync what it has written all the same', async () => {
    const disk = faultyDisk(nodeDisk, faultsWith({ syncError: 1 }));
    const file = await disk.create(join(directory, 'unsynced'), 'when-asked');
    await file.write(data, 0);
    await expect(file.sync()).rejects.toMatchObject({ code: 'EIO', syscall: 'fdatasync' });
    await expect(disk.syncDirectory(directory)).rejects.toMatchObject({ code: 'EIO', syscall: 'fsync' });
    await file.close();
    expect(await disk.read(join(directory, 'unsynced'))).toEqual(data);
    const synced = await disk.create(join(directory, 'at-once'), 'each-write');
    await expect(synced.write(data, 0)).rejects.toMatchObject({ code: 'EIO', syscall: 'write' });
    await synced.close();
    expect(await disk.read(join(directory, 'at-once'))).toEqual(data);
  });

  test('has no space for new files and for writing, and still reads and cuts off', async () => {
    await writeFile(join(directory, 'full'), data);
    const disk = faultyDisk(nodeDisk, faultsWith({ diskFull: 1 }));
    await expect(disk.create(join(directory, 'more'), 'when-asked')).rejects.toMatchObject({
      code: 'ENOSPC',
    });
    const file = await disk.open(join(directory, 'full'), 'when-asked');
    await expect(file.write(data, 10)).rejects.toMatchObject({ code: 'ENOSPC', syscall: 'write' });
    await file.truncate(4);
    await file.close();
    expect(await disk.read(join(directory, 'full'))).toEqual(data.subarray(0, 4));
  });
});

describe('a faulty engine', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEmbeddedEngine({ path: join(directory, 'engine'), sessions: 2 });
    await engine.command({ sql: 'CREATE DATABASE one' });
    await writeFile(join(directory, 'rows.ndjson'), '{"n":1}\n');
  });
  afterAll(() => engine.close());

  /** Inserts one row into a new table. @returns the error's code, and how many rows are there */
  async function insert(table: string, chances: Partial<Chances>): Promise<[number | null, string]> {
    await engine.command({ sql: `CREATE TABLE one.${table} (n UInt8) ENGINE = MergeTree ORDER BY n` });
    const faulty = faultyEngine(engine, faultsWith(chances));
    const path = join(directory, 'rows.ndjson');
    const request = { database: 'one', table, columns: ['n'], path, format: 'JSONEachRow' } as const;
    const code = await faulty.insertFile(request).then(
      () => null,
      (error: { code: number }) => error.code,
    );
    const sql = `SELECT count() FROM one.${table}`;
    const { body } = await faulty.query({ sql, database: 'one', format: 'TSV' });
    return [code, new TextDecoder().decode(body)];
  }

  test('[EV-18] fails before or after an insert took effect, or is slow', async () => {
    expect(await insert('whole', {})).toEqual([null, '1\n']);
    expect(await insert('before', { insertError: 1 })).toEqual([243, '0\n']);
    expect(await insert('after', { insertErrorAfter: 1 })).toEqual([209, '1\n']);
    expect(await insert('out', { tableError: 1 })).toEqual([243, '0\n']);
    expect(await insert('slow', { slowInsert: 1 })).toEqual([null, '1\n']);
  });
});

test('the flags of a round are read as they were written, and the same seed gives the same faults', () => {
  const args = ['--data', '/somewhere', '--port', '0', ...faultFlags(3, 7)];
  const { seed, chances, flags } = readFaultFlags(args);
  expect([seed, chances.insertError, [...flags]]).toEqual([
    3 * 2 ** 20 + 7,
    0.1,
    [
      ['data', '/somewhere'],
      ['port', '0'],
    ],
  ]);
  const drawn = (): boolean[] => {
    const faults = new Faults(new Random(seed), chances);
    return Array.from({ length: 200 }, () => faults.happens('insertError'));
  };
  expect(drawn()).toEqual(drawn());
  expect(new Set(drawn())).toEqual(new Set([true, false]));
});

test.each(['nothing=0.1', 'syncError=2', 'syncError=x'])('refuses the chance %s', (text) => {
  expect(() => readFaultFlags(['--fault-chances', text])).toThrow(`\`${text}\` is no chance of a fault.`);
});
