import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TestServer } from '../testing/harness.js';
import { Rights } from './rights.js';
import { TokenSigner } from './tokenText.js';

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start();
});
afterAll(() => server.stop());

const notLocal = {
  error:
    'This route answers only to requests from the same machine. Start the server with --tokens-endpoint any to change that.',
};

async function localTokens(headers: Record<string, string> = {}): Promise<[number, unknown]> {
  const reply = await server.call('GET /tokens', { headers: { authorization: '', ...headers } });
  return [reply.status, reply.body];
}

describe('GET /tokens', () => {
  test('[PM-03] [AU-20] gives the default tokens, each a different one, without authentication', async () => {
    const [status, body] = await localTokens();
    const token = expect.stringMatching(/^p\.[\w-]+\.[\w-]{43}$/);
    expect([status, body]).toEqual([
      200,
      { workspace_admin_token: token, admin_token: token, user_token: token },
    ]);
    expect(new Set(Object.values(body as object)).size).toBe(3);
  });

  test('[PM-03] stays the same over a restart', async () => {
    const before = await localTokens();
    await server.restart();
    expect(await localTokens()).toEqual(before);
  });

  test('tokens of two servers differ, and one server does not take those of another', async () => {
    const other = new TokenSigner('another key, also of more than thirty-two characters');
    const [, claims = ''] = server.token.split('.');
    const { u, id } = JSON.parse(Buffer.from(claims, 'base64url').toString());
    const forged = other.sign({ workspaceId: u, secretId: id });
    expect(
      (await server.call('GET /v0/pipes', { headers: { authorization: `Bearer ${forged}` } })).status,
    ).toBe(403);
  });

  test('[EV-15] a genuine token of a Workspace that is gone is answered with 404', async () => {
    const key = await readFile(join(server.directory, 'data', 'secret.key'), 'utf8');
    const claims = { workspaceId: randomUUID(), secretId: randomUUID() };
    const token = new TokenSigner(key.trim()).sign(claims);
    const headers = { authorization: `Bearer ${token}` };
    const reply = await server.call('POST /v0/events?name=x', { headers, body: '{}' });
    expect([reply.status, reply.body]).toEqual([
      404,
      { error: "The token's Workspace does not exist on this server." },
    ]);
  });

  test.each([
    ['through a proxy', { 'x-forwarded-for': '203.0.113.9' }],
    ['through a proxy that says so in the new way', { forwarded: 'for=203.0.113.9' }],
    ['through a proxy that names the client', { 'x-real-ip': '203.0.113.9' }],
    ['from a web page', { origin: 'https://evil.example' }],
    ['from a page of another server on this machine', { origin: 'http://localhost:3000' }],
  ])('is refused %s', async (_title, headers) => {
    expect(await localTokens(headers)).toEqual([403, notLocal]);
  });

  test('is allowed from a page of this server', async () => {
    expect((await localTokens({ origin: server.url }))[0]).toBe(200);
  });

  test('is refused when a foreign name points at this machine (DNS rebinding)', async () => {
    const { request } = await import('node:http');
    const status = await new Promise((resolve, reject) => {
      const call = request(`${server.url}/tokens`, { headers: { host: 'evil.example' } }, (reply) =>
        resolve(reply.statusCode),
      );
      call.on('error', reject).end();
    });
    expect(status).toBe(403);
  });

  test('can be turned off, and opened to all', async () => {
    await server.restart({ 'tokens-endpoint': 'off' });
    expect(await localTokens()).toEqual([403, notLocal]);
    await server.restart({ 'tokens-endpoint': 'any' });
    expect((await localTokens({ 'x-forwarded-for': '203.0.113.9' }))[0]).toBe(200);
    await server.restart();
  });
});

describe('rights', () => {
  const events = { id: 't_1', name: 'events' };
  const other = { id: 't_2', name: 'other' };

  test('[AU-12] a token without scopes has no rights: the user token of this Workspace', async () => {
    const [, body] = await localTokens();
    const { user_token: token } = body as { user_token: string };
    const reply = await server.call('POST /v0/pipes', {
      headers: { authorization: `Bearer ${token}` },
      body: '{}',
    });
    const error = 'The token `user token` may not do this: it needs the scope PIPES:CREATE.';
    expect([reply.status, reply.body]).toEqual([403, { error }]);
  });

  test.each([
    ['[AU-01] ADMIN', [{ type: 'ADMIN' }], true, true],
    ['[AU-02] DATASOURCES:CREATE', [{ type: 'DATASOURCES:CREATE' }], true, true],
    ['[AU-03] DATASOURCES:APPEND on it', [{ type: 'DATASOURCES:APPEND', resource: 't_1' }], true, false],
    ['[AU-05] DATASOURCES:READ on it', [{ type: 'DATASOURCES:READ', resource: 't_1' }], false, false],
    ['[AU-12] nothing', [], false, false],
  ])('[EV-20] %s decides who may append', (_title, scopes, toEvents, toOther) => {
    const rights = new Rights('a token', scopes);
    const may = (datasource: typeof events): boolean => {
      try {
        rights.requireAppend(datasource);
        return true;
      } catch {
        return false;
      }
    };
    expect([may(events), may(other)]).toEqual([toEvents, toOther]);
  });

  test('[AU-13] scopes add up', () => {
    const rights = new Rights('a token', [{ type: 'PIPES:READ', resource: 't_1' }, { type: 'PIPES:CREATE' }]);
    expect(rights.has('PIPES:READ', events)).toBe(true);
    expect(rights.has('PIPES:READ', other)).toBe(false);
    expect(rights.has('PIPES:CREATE')).toBe(true);
    expect(rights.has('DATASOURCES:CREATE')).toBe(false);
  });
});
