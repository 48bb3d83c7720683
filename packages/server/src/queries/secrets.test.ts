import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Engine } from '@goldcrest/engine';
import { openEmbeddedEngine } from '@goldcrest/engine';
import { AddressList, type GateError } from '@goldcrest/sql';
import { compileTemplate } from '@goldcrest/template';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Gate, type NamedPolicy } from './gate.js';
import { QuerySecrets } from './secrets.js';

const VALUES = new Map([
  ['pg_password', "it's 5ecret"],
  ['host', 'db.example.com:5432'],
]);
const policy: NamedPolicy = {
  key: 'test',
  resources: new Set(['orders']),
  table: (name) => name === 'orders',
  permission: { functions: ['postgresql'], addresses: ['db.example.com:5432'] },
};
const directory = mkdtempSync(join(tmpdir(), 'goldcrest-secrets-'));
let engine: Engine;
let gate: Gate;

beforeAll(async () => {
  engine = await openEmbeddedEngine({ path: directory });
  gate = new Gate(engine, AddressList.parse(['*.example.com:5432']));
});

afterAll(async () => {
  await engine.close();
  rmSync(directory, { recursive: true, force: true });
});

/** Renders, checks, and gives what the engine would get. */
async function run(
  sql: string,
  values: ReadonlyMap<string, string> = VALUES,
): Promise<{ sql: string; hidden: readonly string[] }> {
  const secrets = new QuerySecrets(values);
  const rendered = compileTemplate(sql).render({ parameters: {}, secrets: secrets.mark });
  const { hidden } = await gate.check({ ...rendered, settings: [], secrets }, policy);
  return { sql: secrets.fill(rendered.sql), hidden };
}

describe('[PB-05] secrets of templates', () => {
  test('reach the engine as arguments of a call that reads from another server', async () => {
    const sql =
      "% SELECT * FROM postgresql({{tb_secret('host')}}, 'd', 't', 'u', {{ tb_secret('pg_password') }})";
    expect(await run(sql)).toEqual({
      sql: "SELECT * FROM postgresql('db.example.com:5432', 'd', 't', 'u', 'it\\'s 5ecret')",
      hidden: ['db.example.com:5432', "it's 5ecret", "it's 5ecret"],
    });
  });

  test.each([
    "% SELECT {{tb_secret('pg_password')}}",
    "% SELECT concat('a', {{tb_secret('pg_password')}}) FROM orders",
    "% SELECT 1 FROM orders WHERE a = {{tb_secret('pg_password')}}",
    "% SELECT '{{tb_secret('pg_password')}}'",
    "% WITH {{tb_secret('pg_password')}} AS s SELECT s",
    "% SELECT * FROM postgresql('db.example.com', 'd', 't', 'u', {{tb_secret('pg_password') + 'x'}}) WHERE {{tb_secret('pg_password')}} = a",
  ])('are refused in %s', async (sql) => {
    await expect(run(sql)).rejects.toMatchObject({
      name: 'GateError',
      kind: 'secret',
    } satisfies Partial<GateError>);
  });

  test('are refused also after a text of the same shape has passed', async () => {
    await run("% SELECT {{String(x, 'harmless')}}");
    await expect(run("% SELECT {{tb_secret('pg_password')}}")).rejects.toMatchObject({ kind: 'secret' });
  });

  test('are checked anew when a value changes', async () => {
    const sql = "% SELECT * FROM postgresql({{tb_secret('host')}}, 'd', 't', 'u', '')";
    await run(sql);
    await expect(run(sql, new Map([['host', 'evil.example.org:5432']]))).rejects.toMatchObject({
      kind: 'tableFunction',
    });
  });

  test('can not be told apart by the conditions of a template', async () => {
    const sql = "% SELECT {% if tb_secret('pg_password') == 'it\\'s 5ecret' %} 1 {% else %} 2 {% end %}";
    expect((await run(sql)).sql.replace(/\s+/g, ' ')).toBe('SELECT 2');
  });

  test('of an unknown name are an error (TPF-45)', async () => {
    await expect(run("% SELECT {{tb_secret('nothing')}}")).rejects.toMatchObject({
      name: 'TemplateError',
      status: 400,
    });
  });
});
