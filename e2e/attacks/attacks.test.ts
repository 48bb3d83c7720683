import type { Reply } from '@goldcrest/server/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Case, readCases } from './cases.js';
import { leaksOf } from './leaks.js';
import { CANARIES, World } from './world.js';

let world: World;
let before: unknown;

beforeAll(async () => {
  world = await World.make();
  before = await world.state();
});
afterAll(() => world.end());

const cases = readCases();
const attacks = cases.filter(({ expected }) => expected === null);
const twins = cases.filter(({ expected }) => expected !== null);

test('[QY-14] [QY-15] the corpus has not shrunk', () => {
  expect(attacks.length).toBeGreaterThanOrEqual(650);
  expect(twins.length).toBeGreaterThanOrEqual(84);
});

describe('legitimate', () => {
  test.each(twins.map((twin): [string, Case] => [twin.title, twin]))(
    '%s',
    async (_title, { how, text, expected }) => {
      const reply = await send(how, world.fill(text));
      expect([reply.status, rowsOf(reply)]).toEqual([200, world.fill(expected ?? '')]);
    },
  );
});

describe('refused', () => {
  test.each(attacks.map((attack): [string, Case] => [attack.title, attack]))(
    '%s',
    async (_title, { how, text, may }) => {
      const sent = world.fill(text);
      const reply = await send(how, sent);
      expect(leaksOf(world, reply, sent, mayKnow(how))).toEqual([]);
      if (reply.status === 200) expect([how, rowsOf(reply)]).toEqual([how, harmless(how, sent)]);
      else
        expect([[400, 403, 404, ...may].includes(reply.status), reply.body]).toEqual([
          true,
          { error: expect.any(String) },
        ]);
    },
  );
});

describe('refused and answered alike in every form of a query', () => {
  const queries = cases.filter(({ how, may }) => ['sql', 'reader', 'mine'].includes(how) && may.length === 0);
  test.each(Object.entries(FORMS))(
    '[QY-01] [QY-02] [GN-07] %s',
    async (_form, ask) => {
      const check = async ({ how, text, expected }: Case): Promise<void> => {
        const sent = world.fill(text);
        const token = { sql: world.server.token, reader: world.readToken }[how] ?? world.mineToken;
        const reply = await ask(sent, token);
        const answer = expected === null ? reply.status >= 400 && reply.status < 500 : rowsOf(reply);
        const leaks = leaksOf(world, reply, sent, mayKnow(how));
        expect([sent, answer, leaks]).toEqual([sent, expected === null || world.fill(expected), []]);
      };
      for (let at = 0; at < queries.length; at += AT_ONCE) {
        await Promise.all(queries.slice(at, at + AT_ONCE).map(check));
      }
    },
    60_000,
  );
});

describe('[QY-14] what another Workspace has is answered like what nobody has', () => {
  test.each([
    ['GET /v0/sql?q=SELECT+*+FROM+{name}', 'foreign_orders', 'nowhere_orders'],
    ['GET /v0/sql?q=SELECT+*+FROM+{name}', '{otherId}', '{nobodysId}'],
    ['GET /v0/sql?q=SELECT+*+FROM+{name}.foreign_orders', '{other}', '{nobodys}'],
    ['GET /v0/sql?q=SELECT+*+FROM+merge({name},foreign_orders)', '{other}', '{nobodys}'],
    ['GET /v0/sql?q=SELECT+1+IN+{name}.foreign_orders', '{other}', '{nobodys}'],
    ['GET /v0/sql?pipeline={name}&q=SELECT+1', 'foreign_pipe', 'nowhere_pipe'],
    ['GET /v0/datasources/{name}', 'foreign_orders', 'nowhere_orders'],
    ['GET /v0/datasources/{name}', '{otherId}', '{nobodysId}'],
    ['DELETE /v0/datasources/{name}', '{otherId}', '{nobodysId}'],
    ['GET /v0/pipes/{name}', 'foreign_pipe', 'nowhere_pipe'],
    ['GET /v0/pipes/{name}.json', '{otherPipe}', '{nobodysId}'],
    ['DELETE /v0/pipes/{name}', '{otherPipe}', '{nobodysId}'],
    ['DELETE /v0/pipes/open/nodes/{name}', '{otherNode}', '{nobodysId}'],
  ])('%s %s', async (call, foreign, nowhere) => {
    const ask = async (place: string): Promise<unknown> => {
      const name = world.fill(place);
      const { status, body, headers } = await request(
        world.fill(call.replace('{name}', name)),
        world.server.token,
      );
      const codes = [headers.get('x-error-code'), headers.get('x-db-exception-code')];
      return [status, codes, JSON.stringify(body).replaceAll(name, '…')];
    };
    expect(await ask(foreign)).toEqual(await ask(nowhere));
  });
});

test('[PS-07] [PS-08] nothing was written, and nobody was called', async () => {
  expect(await world.state()).toEqual(before);
});

/** Sends a text the way that the case says; a query in every form that the Query API takes. */
async function send(how: string, text: string): Promise<Reply> {
  const { server } = world;
  if (how === 'sql') return query(text, server.token);
  if (how === 'reader') return query(text, world.readToken);
  if (how === 'mine') return query(text, world.mineToken);
  if (how === 'q') return server.call('POST /v0/pipes/open.json', form({ q: text }, world.readToken));
  if (how === 'save') return save(text);
  if (how === 'view') return view(text);
  if (how === 'request') return request(text, server.token);
  if (how === 'request of a reader') return request(text, world.readToken);
  const kind = how.replace('parameter ', '');
  return server.form(`POST /v0/pipes/by_${kind}.json`, { p: text });
}

/** Requests that are under way at the same time. */
const AT_ONCE = 8;

/** The forms of a query besides a body of text, by name. */
const FORMS: Readonly<Record<string, (q: string, token: string) => Promise<Reply>>> = {
  GET: (q, token) => world.server.call(`GET /v0/sql?${new URLSearchParams({ q })}`, form(undefined, token)),
  JSON: (q, token) => world.server.call('POST /v0/sql', json({ q }, token)),
  form: (q, token) => world.server.call('POST /v0/sql', form({ q }, token)),
};

async function query(text: string, token: string): Promise<Reply> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'text/plain' };
  return world.server.call('POST /v0/sql', { body: text, headers });
}

/** A request: method, path and, behind a space, its body. */
function request(text: string, token: string): Promise<Reply> {
  const [, call = '', body] = /^(\S+ \S+)(?: (.*))?$/s.exec(text) ?? [];
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  return world.server.call(call, { headers, ...(body === undefined ? {} : { body }) });
}

function form(fields: Record<string, string> | undefined, token: string): RequestInit {
  const headers = { authorization: `Bearer ${token}` };
  return fields === undefined ? { headers } : { headers, body: new URLSearchParams(fields) };
}

function json(fields: Record<string, string>, token: string): RequestInit {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  return { headers, body: JSON.stringify(fields) };
}

/** Makes a Pipe of it and, if that goes, reads it. */
async function save(sql: string): Promise<Reply> {
  const body = JSON.stringify({
    name: 'attacker',
    nodes: [{ name: 'attacker_node', sql, type: 'endpoint' }],
  });
  const { server } = world;
  const made = await server.call('POST /v0/pipes', { body, headers: { 'content-type': 'application/json' } });
  if (made.status !== 200) return made;
  await server.call('POST /v0/pipes/attacker/nodes/attacker_node/endpoint');
  const reply = await server.call('GET /v0/pipes/attacker.json');
  await server.call('DELETE /v0/pipes/attacker');
  return reply;
}

/** Makes a view of it and, if that goes, feeds it and reads what it has made. */
async function view(sql: string): Promise<Reply> {
  const { server } = world;
  const url = '/v0/pipes/unviewed/nodes/unviewed_node/materialization';
  const made = await server.call(`POST ${url}?datasource=gathered`, { body: sql });
  if (made.status !== 200) return made;
  await server.client().events('fed', [{ name: 'eve' }], { wait: true });
  const reply = await query('SELECT * FROM gathered', server.token);
  await server.call(`DELETE ${url}`);
  await server.client().deleteDataSource('gathered');
  return reply;
}

/** What its sender may know: an admin everything of his Workspace. */
function mayKnow(how: string): readonly string[] {
  return ['sql', 'save', 'view', 'request'].includes(how) ? [CANARIES.hidden, CANARIES.sql] : [];
}

/** The rows that an attack on a parameter may have: its value is a text or a number that meets nothing. */
function harmless(how: string, sent: string): string {
  if (how === 'parameter number') return String(Number(sent));
  return how.startsWith('parameter') ? '' : 'no rows at all, but an error';
}

function rowsOf({ body }: Reply): string {
  if (typeof body !== 'object' || body === null || !('data' in body) || !Array.isArray(body.data))
    return JSON.stringify(body);
  return body.data.map((row: object) => Object.values(row).map(textOf).join(',')).join('\n');
}

function textOf(value: unknown): string {
  return Array.isArray(value) ? JSON.stringify(value).replaceAll('"', "'") : String(value);
}
