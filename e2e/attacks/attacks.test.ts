import type { Reply } from '@goldcrest/server/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Case, readCases } from './cases.js';
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
      expect(leaksOf(reply, sent, how)).toEqual([]);
      if (reply.status === 200) expect([how, rowsOf(reply)]).toEqual([how, harmless(how, sent)]);
      else
        expect([[400, 403, 404, ...may].includes(reply.status), reply.body]).toEqual([
          true,
          { error: expect.any(String) },
        ]);
    },
  );
});

test('[PS-07] [PS-08] nothing was written, and nobody was called', async () => {
  expect(await world.state()).toEqual(before);
});

/** Sends a text the way that the case says. */
async function send(how: string, text: string): Promise<Reply> {
  const { server } = world;
  const bearer = { authorization: `Bearer ${world.readToken}` };
  if (how === 'sql') return server.call('POST /v0/sql', { body: text });
  if (how === 'reader') return server.call('POST /v0/sql', { body: text, headers: bearer });
  if (how === 'mine') {
    const headers = { authorization: `Bearer ${world.mineToken}` };
    return server.call('POST /v0/sql', { body: text, headers });
  }
  if (how === 'q')
    return server.call('POST /v0/pipes/open.json', {
      body: new URLSearchParams({ q: text }),
      headers: bearer,
    });
  if (how === 'save') return save(text);
  const kind = how.replace('parameter ', '');
  return server.form(`POST /v0/pipes/by_${kind}.json`, { p: text });
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

/** The rows that an attack on a parameter may have: its value is a text or a number that meets nothing. */
function harmless(how: string, sent: string): string {
  if (how === 'parameter number') return String(Number(sent));
  return how.startsWith('parameter') ? '' : 'no rows at all, but an error';
}

/** What a reply says that its reader is not to know. What he has sent himself is no news to him. */
function leaksOf({ status, body, headers }: Reply, sent: string, how: string): string[] {
  const text = `${JSON.stringify(body)} ${JSON.stringify([...headers])}`;
  const secrets = [
    CANARIES.file,
    CANARIES.other,
    'foreign_',
    world.server.directory,
    '\\n    at ',
    'node_modules',
  ];
  const hidden = how === 'sql' || how === 'save' ? [] : [CANARIES.hidden];
  const found = [...secrets, ...hidden].filter((secret) => text.includes(secret) && !sent.includes(secret));
  const database = /w_[0-9a-f]{32}/.exec(text)?.[0];
  if (database !== undefined && !sent.includes(database)) found.push(database);
  return status === 500
    ? [...found, 'status 500'].filter((leak) => leak !== 'status 500' || !/Memory/i.test(text))
    : found;
}

function rowsOf({ body }: Reply): string {
  if (typeof body !== 'object' || body === null || !('data' in body) || !Array.isArray(body.data))
    return JSON.stringify(body);
  return body.data.map((row: object) => Object.values(row).map(textOf).join(',')).join('\n');
}

function textOf(value: unknown): string {
  return Array.isArray(value) ? JSON.stringify(value).replaceAll('"', "'") : String(value);
}
