import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { TestServer } from '@goldcrest/server/testing';
import { type DOMWindow, JSDOM, VirtualConsole } from 'jsdom';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

/** A page of another origin. The tracker keeps its session in a cookie that only pages over TLS may have. */
const PAGE = 'https://shop.example/products?page=2#top';

const require = createRequire(import.meta.url);
const tracker = readFileSync(require.resolve('@tinybirdco/flock.js'), 'utf8');

let server: TestServer;
/** What the page's browser complained about. */
const complaints: string[] = [];

beforeAll(async () => {
  server = await TestServer.start();
});
afterAll(() => server.stop());

/** Opens a page with the tracker as its guide says, and gives it to `use`. */
async function visit(attributes: string, use: (window: DOMWindow) => Promise<void>): Promise<void> {
  const virtualConsole = new VirtualConsole();
  virtualConsole.on('jsdomError', (error) => complaints.push(error.message));
  const script = `<script defer ${attributes}>${tracker}</script>`;
  const html = `<!doctype html><html><head>${script}</head><body></body></html>`;
  const page = new JSDOM(html, {
    url: PAGE,
    runScripts: 'dangerously',
    pretendToBeVisual: true,
    virtualConsole,
  });
  try {
    await use(page.window);
  } finally {
    page.window.close();
  }
}

async function rows(datasource: string, count: number): Promise<unknown[][]> {
  return vi.waitFor(
    async () => {
      const found = await server.rows(`SELECT action, payload FROM ${datasource} ORDER BY timestamp`);
      expect(found).toHaveLength(count);
      return found;
    },
    { timeout: 10_000 },
  );
}

test('[GN-20] [EV-05] page views and events of a page of another origin arrive, after the preflight of a browser', async () => {
  const schema =
    'timestamp DateTime64(3) `json:$.timestamp`, session_id String `json:$.session_id`, action LowCardinality(String) `json:$.action`, version LowCardinality(String) `json:$.version`, payload String `json:$.payload`';
  await server.client().createDataSource('analytics_events', schema);
  await visit(`data-host="${server.url}" data-token="${server.token}"`, async (window) => {
    const [[action, payload] = []] = await rows('analytics_events', 1);
    expect([action, JSON.parse(String(payload))]).toMatchObject([
      'page_hit',
      { pathname: '/products', href: PAGE },
    ]);
    window.eval("Tinybird.trackEvent('add_to_cart', { sku: 'tea', email: 'ana@example.com' })");
    const [, [event, details] = []] = await rows('analytics_events', 2);
    expect([event, JSON.parse(String(details))]).toEqual(['add_to_cart', { sku: 'tea', email: '********' }]);
  });
  expect(await server.rows('SELECT uniq(session_id), any(version) FROM analytics_events')).toEqual([
    [1, '1'],
  ]);
  expect(complaints).toEqual([]);
});

test('[EV-19] the Data Source that it names is made from the first event', async () => {
  const attributes = `data-host="${server.url}" data-token="${server.token}" data-datasource="made_by_page" tb_shop="main"`;
  await visit(attributes, async () => {
    await vi.waitFor(
      async () => expect((await server.call('GET /v0/datasources/made_by_page')).status).toBe(200),
      { timeout: 10_000 },
    );
    const [[action, payload] = []] = await rows('made_by_page', 1);
    expect([action, JSON.parse(String(payload))]).toMatchObject(['page_hit', { shop: 'main' }]);
  });
  const { columns } = await server.client().dataSource('made_by_page');
  expect(columns.map(({ name, type }) => `${name} ${type}`)).toEqual([
    'timestamp DateTime64(3)',
    'action String',
    'version String',
    'session_id String',
    'payload String',
  ]);
});
