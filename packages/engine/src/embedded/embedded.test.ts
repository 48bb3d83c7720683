import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { engineSuite } from '../testing/suite.js';
import { openEmbeddedEngine } from './open.js';

const directory = mkdtempSync(join(tmpdir(), 'goldcrest-engine-'));
const path = join(directory, 'data');

afterAll(() => rmSync(directory, { recursive: true, force: true }));

engineSuite('embedded', (options) => openEmbeddedEngine({ path, ...options }));

describe('embedded only', () => {
  test('inserts are synced by default, and spooled answers are gone', async () => {
    const engine = await openEmbeddedEngine({ path });
    const sql = `SELECT value FROM system.merge_tree_settings WHERE name = 'fsync_after_insert'`;
    const { body } = await engine.query({ sql, database: 'default', format: 'TabSeparated' });
    await engine.close();
    expect(new TextDecoder().decode(body)).toBe('1\n');
    expect(readdirSync(join(path, 'goldcrest', 'spool'))).toEqual([]);
  });

  test.each(['CSV', 'TabSeparated', 'JSONEachRow', 'Parquet', 'PrettyCompactMonoBlock'])(
    '[SVT-01] what %s has read is unknown, not what came out',
    async (format) => {
      const engine = await openEmbeddedEngine({ path });
      const sql = 'SELECT max(number) FROM numbers(1000)';
      const { rowsRead, bytesRead } = await engine.query({ sql, database: 'default', format });
      await engine.close();
      expect([rowsRead, bytesRead]).toEqual([null, null]);
    },
  );

  test('nothing of an answer in a file that failed is left', async () => {
    const engine = await openEmbeddedEngine({ path });
    const sql = 'SELECT number, throwIf(number = 2000000) FROM numbers(3000000)';
    const spooling = engine.spool({ sql, database: 'default', format: 'JSONEachRow' });
    await expect(spooling).rejects.toMatchObject({ code: 395 });
    expect(readdirSync(join(path, 'goldcrest', 'spool'))).toEqual([]);
    await engine.close();
  });

  test('a path that the engine would expand is refused', async () => {
    const engine = await openEmbeddedEngine({ path });
    const request = {
      database: 'default',
      table: 't',
      columns: ['a'],
      path: '/tmp/*.csv',
      format: 'CSV',
    } as const;
    await expect(engine.insertFile(request)).rejects.toMatchObject({ name: 'EngineError', code: 36 });
    await engine.close();
  });

  test('a directory that can not be made', async () => {
    const file = join(directory, 'file');
    writeFileSync(file, '');
    const opening = openEmbeddedEngine({ path: join(file, 'data') });
    await expect(opening).rejects.toMatchObject({ name: 'EngineUnavailableError' });
  });

  test('a directory that another process holds', async () => {
    const taken = join(directory, 'taken');
    const script = `const { Session } = require('chdb'); new Session(process.argv[1]); console.log('open'); setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['-e', script, taken], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    const opening = openEmbeddedEngine({ path: taken });
    await expect(opening).rejects.toMatchObject({
      name: 'EngineLockedError',
      message: `The data directory ${taken} is in use by process ${child.pid}: stop it, or choose another directory.`,
    });
    child.kill();
    await once(child, 'exit');
    await (await openEmbeddedEngine({ path: taken })).close();
  });
});
