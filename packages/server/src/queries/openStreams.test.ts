import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { untilRows } from '../service-datasources/testing/logged.js';
import { type Reply, TestServer } from '../testing/harness.js';
import { OpenStreams } from './openStreams.js';

let server: TestServer;
let otherToken = '';

/** Longest time that a place may take to be free again after its reader went away. */
const DEADLINE_MS = 20_000;

const NO_SPACE =
  "Too many large results are on their way at once: they may take 536870912 bytes on this server's disk, which Workspaces share. Read those that are open to their end, or try again in a moment.";

const MIB = 1024 * 1024;
/** All readers, so that none is left when a test fails. */
const opened: IncomingMessage[] = [];

/** Tens of megabytes in any format: more than a connection takes in before it is read. */
const ROWS = 'SELECT number, rand64() AS chance FROM numbers(1000000)';

beforeAll(async () => {
  server = await TestServer.start({
    'query-streams': '5',
    'query-spool-bytes': String(512 * MIB),
    'query-result-bytes': String(2 ** 40),
  });
  await server.restart({ workspace: 'other' });
  const { body } = await server.call('GET /tokens');
  otherToken = (body as { workspace_admin_token: string }).workspace_admin_token;
});
afterAll(async () => {
  for (const reader of opened) reader.destroy();
  await server.stop();
});

function as(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}

/** Asks for a result, of which there is one of each number, and reads nothing of it. */
async function openUnread(format: string, of: number): Promise<IncomingMessage> {
  const q = encodeURIComponent(`${ROWS} WHERE number != ${of} FORMAT ${format}`);
  const request = get(`${server.url}/v0/sql?q=${q}`, { headers: as(server.token) });
  const [response]: IncomingMessage[] = await once(request, 'response');
  if (response === undefined) throw new Error('no response');
  opened.push(response);
  response.pause();
  return response;
}

function ask(sql: string, token = server.token): Promise<Reply> {
  return server.call(`GET /v0/sql?q=${encodeURIComponent(sql)}`, { headers: as(token) });
}

/** Needs a place while it is sent, unlike a small result. */
const LARGE = 'SELECT number FROM numbers(400000) FORMAT CSV';

async function leave(readers: readonly IncomingMessage[]): Promise<void> {
  for (const reader of readers) reader.destroy();
  const deadline = Date.now() + DEADLINE_MS;
  while (Date.now() < deadline) if ((await ask(LARGE)).status === 200) return;
  throw new Error('no place was given back');
}

test('[GN-11] what a result has taken it keeps, and it ends when it grows beyond what is free for it', () => {
  const streams = new OpenStreams({ open: 9, bytes: 100 });
  const [first, second] = [streams.enter('one'), streams.enter('two')];
  first.grow(40);
  second.grow(30);
  first.grow(40);
  expect([first.signal.aborted, second.signal.aborted]).toEqual([false, false]);
  first.grow(41);
  expect([first.signal.aborted, second.signal.aborted]).toEqual([true, false]);
  expect(() => streams.enter('one')).toThrow('they may take 100 bytes');
  first.leave();
  first.leave();
  second.grow(50);
  expect(second.signal.aborted).toBe(false);
  streams.enter('one').leave();
});

test.each(['CSV', 'TSV', 'JSONEachRow', 'JSON', 'Parquet'])(
  '[GN-11] [GN-15] slow readers of %s hold the places of their Workspace and no other, until they go away',
  async (format) => {
    const slow = await Promise.all([openUnread(format, 1), openUnread(format, 2)]);
    expect(slow.map(({ statusCode }) => statusCode)).toEqual([200, 200]);
    const refused = await ask(LARGE);
    expect([refused.status, refused.headers.get('retry-after'), refused.body]).toEqual([
      429,
      '1',
      {
        error:
          'Too many large results are on their way at once: 5 may be open on this server, which Workspaces share. Read those that are open to their end, or try again in a moment.',
      },
    ]);
    expect((await ask('SELECT 1 FORMAT JSON')).body).toMatchObject({ rows: 1 });
    expect((await ask('SELECT 1 FORMAT CSV')).body).toBe(1);
    expect((await ask(LARGE, otherToken)).status).toBe(200);
    await leave(slow);
  },
);

test('[GN-11] a result that takes more of the disk than there is for it is refused, and gives the space back', async () => {
  const large = `SELECT number, rand64() AS chance FROM numbers(6000000)`;
  const refused = await server.call('POST /v0/sql', { body: large });
  expect([refused.status, refused.headers.get('retry-after'), refused.body]).toEqual([
    429,
    '1',
    { error: NO_SPACE },
  ]);
  const slow = await Promise.all([openUnread('JSON', 3), openUnread('JSON', 4)]);
  expect(slow.map(({ statusCode }) => statusCode)).toEqual([200, 200]);
  await leave(slow);
});

test('[GN-11] [SVT-23] a streamed result that outgrows the disk while it is read breaks off, and the log says why', async () => {
  const client = server.client();
  const sql = 'SELECT number, repeat(toString(rand64()), 10) AS text FROM numbers(6000000)';
  await client.createPipe({ name: 'huge', nodes: [{ name: 'only', sql }] });
  await client.publish('huge', 'only');
  const asked = fetch(`${server.url}/v0/pipes/huge.csv`, { headers: as(server.token) });
  await expect(asked.then((response) => response.text())).rejects.toThrow('terminated');
  expect((await ask(LARGE)).status).toBe(200);
  const logged = 'SELECT pipe_name, status_code, error FROM tinybird.endpoint_errors';
  expect(await untilRows(server, logged, 1)).toEqual([
    { pipe_name: 'huge', status_code: 200, error: NO_SPACE },
  ]);
});
