import { expect, test } from 'vitest';
import type { SuiteContext } from './context.js';

/** Syntax trees, commands and health. */
export function maintenanceTests(suite: SuiteContext): void {
  test('[QY-06] explains a syntax tree without running anything', async () => {
    expect(await suite.engine().explainAst('SELECT sleep(3) FROM t -- end')).toBe(
      [
        'SelectWithUnionQuery (children 1)',
        ' ExpressionList (children 1)',
        '  SelectQuery (children 2)',
        '   ExpressionList (children 1)',
        '    Function sleep (children 1)',
        '     ExpressionList (children 1)',
        '      Literal UInt64_3',
        '   TablesInSelectQuery (children 1)',
        '    TablesInSelectQueryElement (children 1)',
        '     TableExpression (children 1)',
        '      TableIdentifier t',
        '',
      ].join('\n'),
    );
  });

  test.each([
    '',
    'SELECT 1; DROP TABLE one.t',
    ', sleep(3)',
    'FROM system.one',
    'graph = 1 SELECT 1',
    'SELECT',
  ])('[QY-06] does not explain: %s', async (sql) => {
    await expect(suite.engine().explainAst(sql)).rejects.toMatchObject({ name: 'EngineError', code: 62 });
  });

  test('mutations run on the small background pools', async () => {
    await suite.create('mutated', 'n UInt8');
    await suite.insert('mutated', ['n'], '{"n":1}\n{"n":2}\n');
    const sql = 'ALTER TABLE one.mutated DELETE WHERE n = 1';
    await suite.engine().command({ sql, settings: { mutations_sync: 2 } });
    expect(await suite.read('SELECT n FROM one.mutated')).toBe('{"n":2}\n');
  });

  test('[ERD-04] a failing command rejects with its code', async () => {
    const command = suite.engine().command({ sql: 'DROP TABLE nowhere', database: 'one' });
    await expect(command).rejects.toMatchObject({ name: 'EngineError', code: 60 });
  });

  test('[MON-01] tells its version and that it lives', async () => {
    expect(await suite.engine().version()).toMatch(/^\d+\.\d+\.\d+/);
    await suite.engine().ping();
  });
}
