import { expect, test } from 'vitest';
import type { Settings } from '../engine.js';
import type { SuiteContext } from './context.js';

/** Codes, names and messages. */
export function errorsTests(suite: SuiteContext): void {
  test.each<[number, string, string, Settings?]>([
    [62, 'SYNTAX_ERROR', 'SELECT 1 FROM'],
    [62, 'SYNTAX_ERROR', 'SELECT 1,,2'],
    [62, 'SYNTAX_ERROR', 'SELECT (1'],
    [62, 'SYNTAX_ERROR', 'SELECT 1) UNION ALL (SELECT 2'],
    [62, 'SYNTAX_ERROR', 'SELECT 1; SELECT 2'],
    [62, 'SYNTAX_ERROR', `SELECT 'open`],
    [62, 'SYNTAX_ERROR', 'SELECT 1 /* open'],
    [62, 'SYNTAX_ERROR', ''],
    [62, 'SYNTAX_ERROR', '-- nothing'],
    [60, 'UNKNOWN_TABLE', 'SELECT * FROM nowhere'],
    [81, 'UNKNOWN_DATABASE', 'SELECT * FROM nowhere.t'],
    [47, 'UNKNOWN_IDENTIFIER', 'SELECT nothing'],
    [46, 'UNKNOWN_FUNCTION', 'SELECT no_function(1)'],
    [42, 'NUMBER_OF_ARGUMENTS_DOESNT_MATCH', 'SELECT toDate()'],
    [395, 'FUNCTION_THROW_IF_VALUE_IS_NON_ZERO', 'SELECT throwIf(1)'],
    [115, 'UNKNOWN_SETTING', 'SELECT 1', { no_such_setting: 1 }],
    [159, 'TIMEOUT_EXCEEDED', 'SELECT sleep(3)', { max_execution_time: 0.1 }],
    [396, 'TOO_MANY_ROWS_OR_BYTES', 'SELECT number FROM numbers(1000000)', { max_result_bytes: 1000 }],
    [
      241,
      'MEMORY_LIMIT_EXCEEDED',
      'SELECT groupArray(number) FROM numbers(1e7)',
      { max_memory_usage: 1000000 },
    ],
  ])('[ERD-04] %i %s: %s', async (code, codeName, sql, settings = {}) => {
    await expect(suite.read(sql, { settings })).rejects.toMatchObject({
      name: 'EngineError',
      code,
      codeName,
    });
  });

  test('[ERD-03] the message ends in the name and shows nothing of ours', async () => {
    const failure = await suite.read('SELECT 1 ORDER').catch((error: Error) => error.message);
    expect(failure).toBe('Syntax error: failed at position 16 (end of query). Expected BY. (SYNTAX_ERROR)');
  });

  test('[ERD-03] stacked prefixes and versions are gone', async () => {
    const failure = await suite
      .read('SELECT 1', { settings: { no_such_setting: 1 } })
      .catch((e: Error) => e.message);
    expect(failure).toBe(`Unknown setting 'no_such_setting'. (UNKNOWN_SETTING)`);
  });

  test('an unknown database or format', async () => {
    await expect(suite.read('SELECT 1', { database: 'nowhere' })).rejects.toMatchObject({ code: 81 });
    await expect(suite.read('SELECT 1', { format: 'Nope' })).rejects.toMatchObject({ code: 73 });
    await expect(suite.read('SELECT 1', { format: 'CSV SETTINGS a = 1' })).rejects.toMatchObject({
      code: 73,
    });
    expect(await suite.read('SELECT 1 AS n')).toBe('{"n":1}\n');
  });
}
