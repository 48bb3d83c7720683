import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Session } from 'chdb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { quoteIdentifier, quoteSettings, quoteString } from './quote.js';
import { type SelectText, splitSelect } from './select.js';

let directory = '';
let session: Session;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'goldcrest-select-'));
  session = new Session(directory);
});

afterAll(() => {
  session.close();
  rmSync(directory, { recursive: true, force: true });
});

/** The engine's own spelling of a query; throws when the engine can't parse it. */
function canonical(sql: string): string {
  return session.query(`SELECT formatQuerySingleLine(${quoteString(sql)})`, 'TSVRaw').trim();
}

function rebuild({ body, settings, format }: SelectText): string {
  const clause = quoteSettings(Object.fromEntries(settings.map(({ name, value }) => [name, Number(value)])));
  const tail = [clause && `SETTINGS ${clause}`, format && `FORMAT ${quoteIdentifier(format)}`];
  return [body, ...tail].filter(Boolean).join(' ');
}

describe('splitSelect against the engine', () => {
  test.each([
    ['SELECT 1'],
    ['SELECT a FROM t GROUP BY ALL FORMAT JSON'],
    ['SELECT 1 FORMAT JSON'],
    ['SELECT * FROM t FORMAT JSON;'],
    ['SELECT t.* FROM t FORMAT JSON -- x'],
    ['SELECT * FORMAT JSON'],
    ['SELECT a FROM t SETTINGS a = 1, b = 2 FORMAT CSV'],
    ['SELECT format x'],
    ['SELECT format x FORMAT CSV'],
    ['SELECT 2 * format x'],
    ['SELECT format x FROM t'],
    ['SELECT a, format b'],
    ['SELECT 1 AS settings SETTINGS a = 1'],
    ['SELECT a FROM t ORDER BY format DESC'],
    ['SELECT a FROM t ORDER BY format DESC FORMAT CSV'],
    ['SELECT a FROM format x'],
    ['SELECT a FROM t AS format FORMAT CSV'],
    ['SELECT a FROM t WHERE settings = 1 SETTINGS b = 2'],
    ['SELECT a FROM t FINAL FORMAT CSV'],
    ['SELECT a FROM t ORDER BY a LIMIT 1 WITH TIES FORMAT CSV'],
    ['SELECT a FROM t GROUP BY a WITH TOTALS FORMAT CSV'],
    ['SELECT CASE a WHEN 1 THEN 2 END FORMAT CSV'],
    ['SELECT a IS NULL FORMAT CSV'],
    ['SELECT [1] FORMAT CSV'],
    ['(SELECT 1) UNION ALL (SELECT 2) FORMAT CSV'],
    ['SELECT 1 UNION ALL SELECT 2 SETTINGS a = 1'],
    ['WITH x AS (SELECT 1 SETTINGS a = 1) SELECT * FROM x SETTINGS b = 2'],
    ['FROM t SELECT a FORMAT CSV'],
  ])('%s means the same when put together again, and its body fits in parentheses', (sql) => {
    const split = splitSelect(sql);
    expect(canonical(rebuild(split))).toBe(canonical(sql));
    expect(splitSelect(split.body)).toEqual({ body: split.body, settings: [], format: null });
    expect(() => canonical(`SELECT * FROM (${split.body})`)).not.toThrow();
  });
});
