import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { AddressList } from '@goldcrest/sql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { collect, readText, type SuiteContext } from './context.js';

/** A read reaches other servers only when the request says so, and only those that the engine was opened with. */
export function externalTests(suite: SuiteContext): void {
  const asked: string[] = [];
  let server: Server | undefined;
  let port = 0;

  beforeAll(async () => {
    server = createServer((request, response) => {
      asked.push(request.url ?? '');
      if (request.url === '/moved') response.writeHead(302, { location: `http://127.0.0.1:${port}/rows` });
      response.end(request.url === '/rows' ? '1,a\n2,b\n' : '');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    port = address !== null && typeof address === 'object' ? address.port : 0;
  });

  afterAll(() => server?.close());

  const read = (path: string, host = '127.0.0.1') =>
    `SELECT * FROM url('http://${host}:${port}${path}', CSV, 'a Int8, b String')`;

  test('[PS-08] rows come from an allowed server, whole and streamed', async () => {
    const externalAddresses = AddressList.parse([`127.0.0.1:${port}`]);
    await suite.withEngine({ externalAddresses }, async (engine) => {
      const request = { sql: read('/rows'), database: 'one', format: 'CSV', external: true };
      expect(await readText(engine, request)).toBe('1,"a"\n2,"b"\n');
      expect(await collect(engine, request)).toBe('1,"a"\n2,"b"\n');
      await expect(readText(engine, { ...request, external: false })).rejects.toMatchObject({ code: 164 });
    });
  });

  test('[PS-08] other servers, redirects and writes are refused all the same', async () => {
    const externalAddresses = AddressList.parse([`127.0.0.1:${port}`]);
    await suite.withEngine({ externalAddresses }, async (engine) => {
      const request = { database: 'one', format: 'CSV', external: true };
      const refused = { name: 'EngineError', code: 491 };
      for (const sql of [
        read('/rows', 'localhost'),
        `SELECT * FROM url('http://127.0.0.1:1/', CSV, 'a Int8')`,
        `SELECT * FROM url(concat('http://127.0.0.1:', '${port}/rows'), CSV, 'a Int8')`,
        `SELECT * FROM \`url\`('http://127.0.0.1:1/', CSV, 'a Int8')`,
        `SELECT * FROM postgresql('127.0.0.1:1', 'd', 't', 'u', 'p')`,
        `WITH 1 AS x INSERT INTO FUNCTION url('http://127.0.0.1:${port}/written', CSV, 'a Int8') SELECT x`,
      ]) {
        await expect(readText(engine, { ...request, sql })).rejects.toMatchObject(refused);
      }
      const elsewhere = [
        `INSERT INTO one.t VALUES ('x')`,
        'DROP TABLE one.t',
        'CREATE TABLE one.v (a Int8) ENGINE = Memory',
      ];
      for (const sql of [...elsewhere, read('/moved')]) {
        await expect(readText(engine, { ...request, sql })).rejects.toMatchObject({ name: 'EngineError' });
      }
      expect(await readText(engine, { ...request, sql: 'SELECT name FROM t' })).toBe('"one"\n');
    });
    expect(asked).not.toContain('/written');
  });

  test('[PS-08] without addresses nothing is reached', async () => {
    const sql = read('/rows');
    await expect(suite.read(sql, { external: true })).rejects.toMatchObject({
      code: 491,
      codeName: 'UNACCEPTABLE_URL',
    });
  });
}
