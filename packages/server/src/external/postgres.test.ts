import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findPostgres, startPostgres, type TestPostgres } from '../metadata/testing/postgres.js';
import { TestServer } from '../testing/harness.js';

const installed = findPostgres();

describe.skipIf(installed.kind === 'missing')('postgresql()', () => {
  let postgres: TestPostgres | undefined;
  let server: TestServer | undefined;
  let host = '';
  let database = '';

  beforeAll(async () => {
    if (installed.kind === 'missing') return;
    postgres = await startPostgres(installed);
    const url = new URL(await postgres.createDatabase());
    host = url.host;
    database = url.pathname.slice(1);
    const client = new pg.Client({ connectionString: url.href });
    await client.connect();
    await client.query('create table orders (id int, buyer text)');
    await client.query("insert into orders values (1, 'ana'), (2, 'bo')");
    await client.end();
    server = await TestServer.start({ 'external-addresses': `${host}, 127.0.0.1:1` });
    await allow([host]);
  }, 60_000);

  afterAll(async () => {
    await server?.stop();
    await postgres?.stop();
  });

  const allow = (addresses: string[]) =>
    server?.call('PUT /v0/workspace/external-sources', {
      body: JSON.stringify({ functions: ['postgresql'], addresses }),
    });
  const ask = (sql: string) => server?.call('POST /v0/sql', { body: sql });
  const orders = (table: string, at = host) =>
    `SELECT id, buyer FROM postgresql('${at}', '${database}', '${table}', 'postgres', 'pw-5ecret') ORDER BY id FORMAT CSV`;

  test('[PG-01] reads a table of an allowed server', async () => {
    const reply = await ask(orders('orders'));
    expect(reply?.body).toBe('1,"ana"\n2,"bo"\n');
  });

  test('[PG-02] with a filter, in a Pipe with a default parameter', async () => {
    const sql = `% SELECT buyer FROM postgresql('${host}', '${database}', 'orders', 'postgres', '') WHERE id > {{Int32(after, 0)}} ORDER BY id`;
    const created = await server?.call('POST /v0/pipes', {
      body: JSON.stringify({ name: 'buyers', nodes: [{ name: 'n', sql }] }),
    });
    expect(created?.status).toBe(200);
    await server?.call('POST /v0/pipes/buyers/nodes/n/endpoint');
    expect((await server?.call('GET /v0/pipes/buyers.ndjson'))?.body).toBe(
      '{"buyer":"ana"}\n{"buyer":"bo"}\n',
    );
    expect((await server?.call('GET /v0/pipes/buyers.csv?after=1'))?.body).toBe('"buyer"\n"bo"\n');
  });

  test('[ERD-04] tells what is wrong without the password', async () => {
    const missing = await ask(orders('nothing'));
    expect(missing?.status).toBe(400);
    expect(JSON.stringify(missing?.body)).not.toContain('5ecret');
    const elsewhere = await ask(orders('orders', '127.0.0.1:1'));
    expect(elsewhere?.status).toBe(403);
    expect(JSON.stringify(elsewhere?.body)).not.toContain('5ecret');
    await allow([host, '127.0.0.1:1']);
    const refused = await ask(orders('orders', '127.0.0.1:1'));
    expect([refused?.status, refused?.headers.get('x-db-exception-code')]).toEqual([400, '614']);
    expect(refused?.body).toEqual({
      error: expect.stringMatching(/^[^\n]*Connection refused[^\n]*\(POSTGRESQL_CONNECTION_FAILURE\)$/),
    });
    expect(JSON.stringify(refused?.body)).not.toContain('5ecret');
  });
});
