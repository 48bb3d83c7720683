import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Engine, openEmbeddedEngine } from '@goldcrest/engine';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { INSERT_SETTINGS } from './insertLines.js';

let directory: string;
let engine: Engine;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'goldcrest-test-'));
  engine = await openEmbeddedEngine({ path: join(directory, 'data'), fsyncInserts: false });
});
afterEach(async () => {
  await engine.close();
  await rm(directory, { recursive: true, force: true });
});

test('[EV-27] an insert is one block, also when its values are much larger in memory than in the log', async () => {
  await engine.command({
    sql: 'CREATE TABLE default.large (id UInt32, numbers Array(UInt256)) ENGINE = MergeTree ORDER BY id',
  });
  // In memory 32 bytes for each two of the file: more than twice the 256 MiB of which the engine makes a block by itself.
  const numbers = `[${'1,'.repeat(1023)}1]`;
  const lines = Array.from({ length: 17_000 }, (_, id) => `{"id":${id},"numbers":${numbers}}\n`);
  const path = join(directory, 'rows');
  await writeFile(path, lines.join(''));
  await engine.insertFile({
    database: 'default',
    table: 'large',
    columns: ['id', 'numbers'],
    path,
    format: 'JSONEachRow',
    settings: INSERT_SETTINGS,
  });
  const sql = 'SELECT count(), uniqExact(_part) FROM large';
  const { body } = await engine.query({ sql, database: 'default', format: 'JSONCompactEachRow' });
  expect(JSON.parse(new TextDecoder().decode(body)).map(Number)).toEqual([17_000, 1]);
});
