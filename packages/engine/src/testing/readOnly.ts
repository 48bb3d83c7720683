import { expect, test } from 'vitest';
import { collect, type SuiteContext } from './context.js';

/** A read never writes. */
export function readOnlyTests(suite: SuiteContext): void {
  test.each([
    `INSERT INTO one.t VALUES ('x')`,
    `INSERT INTO one.t SELECT 'x'`,
    `WITH 'x' AS x INSERT INTO one.t SELECT x`,
    'CREATE TABLE one.u (a Int8) ENGINE = Memory',
    'CREATE TEMPORARY TABLE u (a Int8)',
    'DROP TABLE one.t',
    'ALTER TABLE one.t DELETE WHERE 1',
    'OPTIMIZE TABLE one.t',
    'SET readonly = 0',
    'USE two',
    'KILL QUERY WHERE 1',
    'SYSTEM DROP MARK CACHE',
    'BACKUP TABLE one.t TO Null',
    `SELECT * FROM file('/etc/hostname', 'LineAsString')`,
    `SELECT * FROM url('http://localhost:1/', 'LineAsString')`,
    `SELECT 1 INTO OUTFILE '/tmp/goldcrest-outfile'`,
    `SELECT 1 into/**/outfile '/tmp/goldcrest-outfile'`,
    `SELECT * FROM url('http://localhost:1/', 'CSV', 'a Int8') EXCEPT SELECT 1 FROM`,
    `SELECT * FROM url('http://localhost:1/', 'CSV', 'a Int8') SETTINGS readonly = 0`,
  ])('[QY-06] a read never writes or reaches out: %s', async (sql) => {
    await expect(suite.read(sql)).rejects.toMatchObject({ name: 'EngineError' });
    await expect(collect(suite.engine(), { sql, database: 'one', format: 'CSV' })).rejects.toMatchObject({
      name: 'EngineError',
    });
    expect(await suite.read('SELECT name FROM one.t')).toBe('{"name":"one"}\n');
  });

  test('settings of a request cannot lift read-only', async () => {
    const settings = { readonly: 0, log_comment: 'mine' };
    const sql = `SELECT * FROM file('/etc/hostname', 'LineAsString')`;
    await expect(suite.read(sql, { settings })).rejects.toMatchObject({ code: 164, codeName: 'READONLY' });
  });
}
