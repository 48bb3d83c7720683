import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Fastify from 'fastify';
import { sql } from 'kysely';
import pino from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { answerErrors } from '../../http/errorReplies.js';
import { keepCalls } from '../../queries/call.js';
import { type Metadata, openMetadata } from '../index.js';
import { aDataSource, aWorkspace } from '../testing/records.js';

let directory: string;
let metadata: Metadata;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'goldcrest-full-'));
  metadata = await openMetadata({ kind: 'sqlite', path: join(directory, 'metadata.sqlite') });
});
afterEach(async () => {
  await metadata.close();
  await rm(directory, { recursive: true, force: true });
});

/** Lets the file have so many pages more: to SQLite the end of them is a full disk. */
async function leavePages(count: number): Promise<void> {
  const { rows } = await sql<{ page_count: number }>`pragma page_count`.execute(metadata.db);
  await sql`pragma max_page_count = ${sql.lit((rows[0]?.page_count ?? 0) + count)}`.execute(metadata.db);
}

test('[EV-18] [EV-19] what can not be noted on a full disk is answered with 503, and can be when there is room', async () => {
  const workspace = aWorkspace();
  await metadata.workspaces.create(workspace);
  const large = aDataSource(workspace.id, { description: 'x'.repeat(100_000) });
  const app = Fastify();
  keepCalls(app);
  answerErrors(app, pino({ level: 'silent' }));
  app.post('/', { config: { access: 'public' } }, () => metadata.datasources.reserve(large));
  await leavePages(1);
  const full = await app.inject({ method: 'POST', url: '/' });
  const error = 'The server is out of space on its disk. Try again in a moment.';
  expect([full.statusCode, full.headers['retry-after'], full.json()]).toEqual([503, '1', { error }]);
  expect(await metadata.datasources.byId(large.id)).toBeUndefined();
  await leavePages(1000);
  expect((await app.inject({ method: 'POST', url: '/' })).statusCode).toBe(200);
  expect(await metadata.datasources.byId(large.id)).toEqual(large);
});
