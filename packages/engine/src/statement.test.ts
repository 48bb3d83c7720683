import { AddressList } from '@goldcrest/sql';
import { expect, test } from 'vitest';
import { EngineError } from './errors.js';
import { cleanReadError, readText } from './readText.js';
import { commandText, insertText, killText, readStatement } from './statement.js';

const request = { sql: 'SELECT 1 -- c', database: 'db', format: 'CSV', settings: { a: `it's`, readonly: 0 } };
const rules = { querySettings: {}, externalAddresses: AddressList.none };

test('a SELECT is closed off before the tail, and the settings of the engine win', () => {
  const read = readStatement(request, 'id', { ...rules, querySettings: { max_threads: 1 } });
  expect(readText(read)).toBe(
    `(SELECT 1 -- c\n)\nFORMAT CSV\nSETTINGS readonly = 1, log_comment = 'id', max_threads = 1, a = 'it\\'s'`,
  );
  expect(readText(read, `/a'b`)).toContain(`\n)\nINTO OUTFILE '/a\\'b' COMPRESSION 'none'\nFORMAT CSV\n`);
});

test('what is no SELECT is left as it is', () => {
  const read = readStatement({ ...request, sql: 'SHOW TABLES', settings: {} }, 'id', rules);
  expect(readText(read)).toBe(`SHOW TABLES\nFORMAT CSV\nSETTINGS readonly = 1, log_comment = 'id'`);
});

test('an insert quotes every name and value', () => {
  const insert = { database: 'd', table: 't', columns: ['a', 'b'], path: '/x', format: 'CSV' } as const;
  expect(
    insertText({ ...insert, deduplicationToken: `'`, settings: { max_insert_threads: 2 } }, ' FROM X'),
  ).toBe(
    'INSERT INTO `d`.`t` (`a`, `b`) FROM X\n' +
      `SETTINGS date_time_input_format = 'best_effort', input_format_null_as_default = 1, ` +
      'input_format_defaults_for_omitted_fields = 1, max_insert_threads = 2, insert_deduplicate = 1, ' +
      `insert_deduplication_token = '\\'', deduplicate_blocks_in_dependent_materialized_views = 1\nFORMAT CSV`,
  );
});

test('commands and kills', () => {
  expect(commandText({ sql: 'DROP TABLE t' })).toBe('DROP TABLE t');
  expect(commandText({ sql: 'DROP TABLE t', settings: {} })).toBe('DROP TABLE t');
  expect(commandText({ sql: 'OPTIMIZE TABLE t', settings: { a: 1 } })).toBe(
    'OPTIMIZE TABLE t\nSETTINGS a = 1',
  );
  expect(killText(`a'b`)).toBe(`KILL QUERY WHERE Settings['log_comment'] = 'a\\'b'`);
});

test.each([
  [
    `failed at position 16 ()) (line 2, col 1): )\nFORMAT CSV\nSETTINGS readonly = 1, a = 1. Expected BY`,
    'failed at position 15 (end of query). Expected BY',
  ],
  [
    `failed at position 11 (1) (line 1, col 11): 1\n)\nINTO OUTFILE '/x' COMPR. Expected one of: a`,
    'failed at position 10 (1) (line 1, col 10): 1. Expected one of: a',
  ],
  ['failed at position 9 (x) (line 2, col 3): x', 'failed at position 8 (x) (line 2, col 3): x'],
])('[ERD-03] a message about our SQL becomes one about the caller’s: %j', (ours, theirs) => {
  const cleaned = cleanReadError(
    new EngineError(ours, 62, 'SYNTAX_ERROR'),
    readStatement(request, 'id', rules),
  );
  expect(cleaned).toEqual(new EngineError(theirs, 62, 'SYNTAX_ERROR'));
});
