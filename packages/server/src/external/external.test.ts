import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ConfigError } from '../config/index.js';
import { TestServer } from '../testing/harness.js';
import { operatorAddresses } from './permission.js';

const PATH = '/v0/workspace/external-sources';

let web: Server;
let webPort = 0;
let server: TestServer;
const asked: string[] = [];

beforeAll(async () => {
  web = createServer((request, response) => {
    asked.push(request.url ?? '');
    if (request.url === '/moved') response.writeHead(302, { location: '/rows.csv' });
    response.end(request.url === '/rows.csv' ? 'a,b\n1,x\n2,y\n' : '');
  }).listen(0, '127.0.0.1');
  await once(web, 'listening');
  const address = web.address();
  webPort = address !== null && typeof address === 'object' ? address.port : 0;
  server = await TestServer.start({
    'external-addresses': `127.0.0.1:${webPort}, 127.0.0.1:1, *.example.com:443`,
  });
});

afterAll(async () => {
  await server.stop();
  web.close();
});

function allow(functions: string[], addresses: string[], on = server) {
  return on.call(`PUT ${PATH}`, { body: JSON.stringify({ functions, addresses }) });
}

function ask(sql: string, on = server) {
  return on.call('POST /v0/sql', { body: sql });
}

const rows = (path = '/rows.csv', host = '127.0.0.1') =>
  `SELECT * FROM url('http://${host}:${webPort}${path}', CSVWithNames, 'a UInt8, b String') FORMAT CSV`;

describe('the permission of a Workspace', () => {
  test('[PS-08] is empty at first, replaced as a whole, and within what the operator lists', async () => {
    const server_addresses = [`127.0.0.1:${webPort}`, '127.0.0.1:1', '*.example.com:443'];
    expect((await server.call(`GET ${PATH}`)).body).toEqual({
      functions: [],
      addresses: [],
      server_addresses,
    });
    const permission = { functions: ['url', 's3'], addresses: ['a.example.com:443', '*.b.example.com:443'] };
    const put = await allow(['URL', 's3', 'url'], ['A.example.com:443', '*.b.example.com:443']);
    expect([put.status, put.body]).toEqual([200, { ...permission, server_addresses }]);
    expect((await server.call(`GET ${PATH}`)).body).toEqual({ ...permission, server_addresses });
    expect((await allow([], [])).body).toEqual({ functions: [], addresses: [], server_addresses });
  });

  test.each([
    [
      ['url'],
      ['b.example.org:443'],
      'The address `b.example.org:443` can not be allowed: the operator of this server has to list it first, with --external-addresses.',
    ],
    [
      ['url'],
      ['*.com:443'],
      'The request body is not valid: `*.com:443` stands for too much. A star needs a domain of two parts or more, such as *.example.com:443, and names of the own network are listed one by one.',
    ],
    [
      ['url'],
      ['http://a.example.com'],
      'The request body is not valid: `http://a.example.com` is not an address. Write host:port, for example db.example.com:5432, or *.example.com:443 for all names below a domain.',
    ],
    [
      ['file'],
      [],
      'The request body is not valid: file is no function to allow. There are: postgresql, mysql, url, s3, gcs.',
    ],
  ])('[PS-08] refuses %j %j', async (functions, addresses, error) => {
    const reply = await allow(functions, addresses);
    expect([reply.status, reply.body]).toEqual([400, { error }]);
  });

  test.each([
    '[]',
    '{"functions": ["url"]}',
    '{"functions": "url", "addresses": []}',
    '{"functions": [], "addresses": [], "x": 1}',
  ])('[PS-08] refuses the body %s', async (body) => {
    const reply = await server.call(`PUT ${PATH}`, { body });
    expect(reply.status).toBe(400);
    expect(reply.body).toEqual({ error: expect.stringContaining('Send {"functions": ["postgresql"]') });
  });

  test('[GN-04] is for admins', async () => {
    await server.call('POST /v0/pipes', {
      body: JSON.stringify({ name: 'plain', nodes: [{ name: 'n', sql: 'SELECT 1 AS a' }] }),
    });
    const { body } = await server.call('POST /v0/pipes/plain/nodes/n/endpoint');
    const { token } = body as { token: string };
    const headers = { authorization: `Bearer ${token}` };
    expect((await server.call(`GET ${PATH}`, { headers })).status).toBe(403);
    expect((await server.call(`PUT ${PATH}`, { headers, body: '{}' })).status).toBe(403);
    await allow(['url'], [`127.0.0.1:${webPort}`]);
    const reply = await server.call('POST /v0/sql', { headers, body: rows() });
    expect(reply.status).toBe(403);
    expect(reply.body).toEqual({
      error: expect.stringContaining('The table function url reads from outside of this server'),
    });
  });

  test('[PS-08] an operator setting that is no address stops the start', () => {
    expect(() => operatorAddresses('a.example.com:443, example.com')).toThrow(ConfigError);
    expect(operatorAddresses('').entries).toEqual([]);
  });
});

describe('url()', () => {
  test('[PS-08] reads from an allowed address in queries, Pipes and endpoints, also of a token that reads only the endpoint', async () => {
    await allow(['url'], [`127.0.0.1:${webPort}`]);
    expect((await ask(rows())).body).toBe('1,"x"\n2,"y"\n');
    const sql = `SELECT count() AS c FROM url('http://127.0.0.1:${webPort}/rows.csv', CSVWithNames)`;
    const created = await server.call('POST /v0/pipes', {
      body: JSON.stringify({ name: 'outside', nodes: [{ name: 'n1', sql }] }),
    });
    expect(created.status).toBe(200);
    const { token } = (await server.call('POST /v0/pipes/outside/nodes/n1/endpoint')).body as {
      token: string;
    };
    const read = await server.call('GET /v0/pipes/outside.csv', {
      headers: { authorization: `Bearer ${token}` },
    });
    expect([read.status, read.body]).toEqual([200, '"c"\n2\n']);
    await allow([], []);
    expect((await server.call('GET /v0/pipes/outside.csv')).status).toBe(403);
  });

  test('[PS-08] is refused for another host, port or function, without permission, and does not follow', async () => {
    await allow(['url'], [`127.0.0.1:${webPort}`]);
    asked.length = 0;
    for (const sql of [
      rows('/rows.csv', 'localhost'),
      `SELECT * FROM url('http://127.0.0.1:${webPort + 1}/', CSV, 'a Int8')`,
      `SELECT * FROM url('http://127.0.0.1:1/', CSV, 'a Int8')`,
      `SELECT * FROM s3('http://127.0.0.1:${webPort}/b/k', CSV, 'a Int8')`,
      `SELECT * FROM url('http://127.0.0.1:${webPort}/{1,2}', CSV, 'a Int8')`,
      `% SELECT * FROM url({{String(u, 'http://127.0.0.1:1/')}}, CSV, 'a Int8')`,
    ]) {
      expect((await ask(sql)).status, sql).toBe(403);
    }
    await allow([], []);
    expect((await ask(rows())).status).toBe(403);
    expect(asked).toEqual([]);
    await allow(['url'], [`127.0.0.1:${webPort}`]);
    expect((await ask(rows('/moved'))).status).toBe(400);
    expect(asked).not.toContain('/rows.csv');
  });

  test('[PS-08] an address in a parameter is checked for each value, and so is a structure', async () => {
    await allow(['url'], [`127.0.0.1:${webPort}`]);
    const sql = `% SELECT count() AS c FROM url({{String(u)}}, CSVWithNames, 'a UInt8, b String') FORMAT CSV`;
    const asking = (u: string) => server.call(`POST /v0/sql?u=${encodeURIComponent(u)}`, { body: sql });
    expect((await asking(`http://127.0.0.1:${webPort}/rows.csv`)).body).toBe(2);
    expect((await asking('http://127.0.0.1:1/rows.csv')).status).toBe(403);
    expect((await asking(`http://127.0.0.1:${webPort}/rows.csv`)).body).toBe(2);
    const made = "% SELECT * FROM values({{String(s)}}, 'x') FORMAT CSV";
    const making = (s: string) => server.call(`POST /v0/sql?s=${encodeURIComponent(s)}`, { body: made });
    expect((await making('a String')).body).toBe('x');
    expect((await making("a String, b String ALIAS file('/etc/hostname')")).status).toBe(403);
  });

  test('[ERD-04] a server that does not answer is its own fault, told without a stack', async () => {
    await allow(['url', 'mysql', 's3'], ['127.0.0.1:1']);
    const reply = await ask(`SELECT * FROM url('http://127.0.0.1:1/', CSV, 'a Int8')`);
    expect(reply.status).toBe(400);
    expect(reply.body).toEqual({ error: expect.stringContaining('Connection refused') });
    const mysql = await ask(`SELECT * FROM mysql('127.0.0.1:1', 'd', 't', 'u', 'pw-5ecret')`);
    expect([mysql.status, mysql.headers.get('x-db-exception-code')]).toEqual([400, '279']);
    expect(JSON.stringify(mysql.body)).not.toContain('5ecret');
    const s3 = await ask(
      `SELECT * FROM s3('http://127.0.0.1:1/bucket/k', 'AKIA5ecret', 'k5ecret', 'CSV', 'a Int8')`,
    );
    expect(s3.status).toBe(400);
    expect(JSON.stringify(s3.body)).not.toMatch(/5ecret|Stack trace/);
  });

  test('[PS-08] without addresses of the operator nothing can be allowed, and what was allowed before ends', async () => {
    await allow(['url'], [`127.0.0.1:${webPort}`]);
    await server.restart({ 'external-addresses': '' });
    expect((await ask(rows())).status).toBe(403);
    expect((await allow(['url'], [`127.0.0.1:${webPort}`])).status).toBe(400);
    await server.restart();
    expect((await ask(rows())).body).toBe('1,"x"\n2,"y"\n');
  });
});
