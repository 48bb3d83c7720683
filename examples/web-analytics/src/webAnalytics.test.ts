import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GoldcrestClient } from '@goldcrest/client';
import { readConfig, type Server, startServer } from '@goldcrest/server';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { events } from './events.js';
import { type PageHit, toLine } from './pageHit.js';
import { applyWebAnalytics, PAGE_HITS, webAnalytics } from './project.js';
import { sendEvents } from './send.js';
import { figuresOf, groupBy, trendOf, type Wanted } from './testing/figures.js';

const EVENTS = 100_000;
const SEED = 2026;

let directory: string;
let server: Server;
let client: GoldcrestClient;
let hits: PageHit[];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'goldcrest-example-'));
  const flags = { data: join(directory, 'data'), port: '0', host: '127.0.0.1' };
  server = await startServer(readConfig(new Map(Object.entries(flags)), {}), pino({ level: 'silent' }));
  const { workspace_admin_token: token = '' } = await server.tokens();
  client = new GoldcrestClient({ host: server.url, token });
  await applyWebAnalytics(client);
  hits = [...events(EVENTS, SEED)];
});

afterAll(async () => {
  await server?.close();
  await rm(directory, { recursive: true, force: true });
});

test('[EV-01] [EV-12] every event of many concurrent requests is taken, and none goes to quarantine', async () => {
  const counts = await sendEvents(client, events(EVENTS, SEED), { batch: 1000, concurrency: 4 });
  expect(counts).toEqual({ successful_rows: EVENTS, quarantined_rows: 0 });
  expect(await rows('SELECT count() AS n FROM page_hits')).toEqual([{ n: EVENTS }]);
  expect(await rows('SELECT count() AS n FROM page_hits_quarantine')).toEqual([{ n: 0 }]);
});

/** Everything, and the same of one shop, from a day on, up to a day, and of one day. */
const WANTED: Wanted[] = [
  {},
  { shop: 'läden' },
  { date_from: '2026-01-09' },
  { date_to: '2026-01-06' },
  { shop: 'birdhouse', date_from: '2026-01-07', date_to: '2026-01-07' },
  { date_from: '2027-01-01' },
];

describe.each(WANTED)('[GQ-04] [TPL-12] of %j', (wanted) => {
  test.each([
    ['sessions', 'sessions'],
    ['top_pages', 'topPages'],
    ['top_sources', 'topSources'],
    ['top_browsers', 'topBrowsers'],
    ['top_devices', 'topDevices'],
    ['top_locations', 'topLocations'],
  ] as const)('%s answers with every figure', async (pipe, name) => {
    const figures = figuresOf(hits, wanted)[name];
    const { data } = await client.endpoint(pipe, { ...wanted });
    expect(data).toEqual(pipe === 'sessions' ? figures : figures.slice(0, 50));
  });
});

test('[GQ-04] [TPX-08] top_pages answers page by page', async () => {
  const { topPages } = figuresOf(hits, { shop: 'birdhouse' });
  const page = async (skip: number, limit: number) =>
    (await client.endpoint('top_pages', { shop: 'birdhouse', skip: String(skip), limit: String(limit) }))
      .data;
  expect(topPages.length).toBeGreaterThan(1000);
  expect(await page(0, 10)).toEqual(topPages.slice(0, 10));
  expect(await page(10, 500)).toEqual(topPages.slice(10, 510));
  expect(await page(topPages.length - 3, 10)).toEqual(topPages.slice(-3));
  expect(await page(topPages.length, 10)).toEqual([]);
});

test('[GQ-04] [MV-01] daily_pages answers from the view what top_pages adds up from all hits', async () => {
  for (const day of ['2026-01-06', '2026-01-08']) {
    const wanted = { shop: 'birdhouse', date_from: day, date_to: day };
    const summed = await client.endpoint('top_pages', { ...wanted, limit: '5000' });
    const expected = summed.data.map(({ shop, pathname, hits, visits }) => ({
      day,
      shop,
      pathname,
      hits,
      visits,
    }));
    expect(expected.length).toBeGreaterThan(100);
    expect((await client.endpoint('daily_pages', { ...wanted, limit: '5000' })).data).toEqual(expected);
  }
});

test('[GQ-04] trend answers with every one of thirty minutes', async () => {
  const until = '2026-01-07 19:31:59';
  const trend = trendOf(hits, until);
  expect(trend.some((row) => 'visits' in row && row.visits !== 0)).toBe(true);
  expect((await client.endpoint('trend', { until })).data).toEqual(trend);
  const now = await client.endpoint('trend');
  expect(now.data.map(({ visits }) => visits)).toEqual(Array(30).fill(0));
});

test.each([
  ['top_pages', { limit: 'many' }],
  ['sessions', { date_from: 'yesterday' }],
  ['trend', { until: "now() - 1'" }],
])('[TPL-19] %s refuses %j', async (pipe, parameters: Record<string, string>) => {
  await expect(client.endpoint(pipe, parameters)).rejects.toMatchObject({
    status: 400,
    message: expect.stringContaining(`The parameter ${Object.keys(parameters)[0]} must be of type`),
  });
});

test('[JP-01] values arrive as they were sent: defaults, nulls, arrays, whole objects, and numbers beyond 2^53', async () => {
  const perVersion = groupBy(hits, (hit) => hit.version ?? '1');
  const versions = [...perVersion].map(([version, group]) => ({ version, n: group.length }));
  expect(await rows('SELECT version, count() AS n FROM page_hits GROUP BY version ORDER BY version')).toEqual(
    versions.sort((a, b) => (a.version < b.version ? -1 : 1)),
  );
  const unplaced = hits.filter((hit) => hit.payload.country === null).length;
  expect(
    await rows('SELECT countIf(isNull(country)) AS n, toString(max(visitor)) AS last FROM page_hits'),
  ).toEqual([{ n: unplaced, last: String(2n ** 64n - 1n) }]);
  const stored = await rows<{ id: string; payload: string; labels: string[] }>(
    'SELECT session_id AS id, payload, labels FROM page_hits ORDER BY ts, session_id LIMIT 2000',
  );
  const first = hits
    .toSorted((a, b) => order(a.ts, b.ts) || order(a.session_id, b.session_id))
    .slice(0, 2000);
  expect(stored.map((row) => [row.id, JSON.parse(row.payload), row.labels])).toEqual(
    first.map((hit) => [hit.session_id, hit.payload, hit.payload.labels]),
  );
});

test('[QR-01] [QR-07] [QR-08] rows that do not fit go to quarantine, and the others of their batch do not', async () => {
  const batch = [...events(20, SEED + 1)].map(toLine);
  const wrong = (line: string, from: RegExp, to: string): string => {
    expect(line).toMatch(from);
    return line.replace(from, to);
  };
  batch[2] = wrong(batch[2] ?? '', /"ts":"[^"]*"/, '"ts":"the day before yesterday"');
  batch[5] = wrong(batch[5] ?? '', /"visitor":\d+/, '"visitor":18446744073709551616');
  batch[6] = wrong(batch[6] ?? '', /"session_id":"[^"]*",/, '');
  batch[11] = wrong(batch[11] ?? '', /"labels":\[.*?\]/, '"labels":"sale"');
  batch[17] = '{"visitor":';
  expect(await client.events(PAGE_HITS, batch.join('\n'), { wait: true })).toEqual({
    successful_rows: 15,
    quarantined_rows: 5,
  });
  expect(await rows('SELECT count() AS n FROM page_hits')).toEqual([{ n: EVENTS + 15 }]);
  expect(
    await rows(
      'SELECT c__error_column AS columns, count() AS n FROM page_hits_quarantine GROUP BY columns ORDER BY columns',
    ),
  ).toEqual([['$'], ['labels'], ['session_id'], ['ts'], ['visitor']].map((columns) => ({ columns, n: 1 })));
});

test('[PI-07] the project can be applied again: what is there stays', async () => {
  const { pipes } = await webAnalytics();
  const made = () => Promise.all(pipes.map(({ name }) => client.pipe(name)));
  const before = await made();
  expect(before.map(({ type }) => type)).toEqual(
    pipes.map(({ name }) => (name === 'pages_by_day_mv' ? 'materialized' : 'endpoint')),
  );
  await applyWebAnalytics(client);
  expect(await made()).toEqual(before);
});

test('[EV-14] sending ends with the server’s reason when the token is wrong', async () => {
  const stranger = new GoldcrestClient({ host: server.url, token: 'p.stranger' });
  const sending = sendEvents(stranger, events(10_000, 1), { batch: 100, concurrency: 4 });
  await expect(sending).rejects.toMatchObject({ name: 'ApiReplyError', status: 403 });
});

async function rows<Row = Record<string, unknown>>(sql: string): Promise<Row[]> {
  return (await client.sql<Row>(sql)).data;
}

function order(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
