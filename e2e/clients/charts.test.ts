import type { TestServer } from '@goldcrest/server/testing';
import { Window } from 'happy-dom';
import { act, createElement } from 'react';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { BY_COUNTRY_META, openShop } from './shop.js';

/** The page that shows the charts: another origin than the server's. */
const PAGE = 'http://shop.example/dashboard';

type Charts = typeof import('@tinybirdco/charts');
type ReactDom = typeof import('react-dom/client');

let server: TestServer;
let token: string;
let page: Window;
let charts: Charts;
let dom: ReactDom;
/** What the page has asked for, e.g. `POST /v0/pipes/by_country.json`. */
const asked: string[] = [];

beforeAll(async () => {
  server = await openShop();
  token = (await server.client().publish('by_country', 'totals')).token ?? '';
  page = new Window({ url: PAGE });
  const fetchOfPage = (url: string | URL, init?: RequestInit) => {
    asked.push(`${init?.method ?? 'GET'} ${new URL(url).pathname}`);
    return page.fetch(String(url), { ...init } as never);
  };
  vi.stubGlobal('window', page);
  vi.stubGlobal('document', page.document);
  vi.stubGlobal('navigator', page.navigator);
  vi.stubGlobal('fetch', fetchOfPage);
  vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true);
  // They look for a browser when they are loaded.
  charts = await import('@tinybirdco/charts');
  dom = await import('react-dom/client');
});
beforeEach(() => {
  asked.length = 0;
});
afterAll(async () => {
  vi.unstubAllGlobals();
  await page.happyDOM.close();
  await server.stop();
});

type State = ReturnType<Charts['useQuery']>;

interface ProbeProps {
  request: Parameters<Charts['useQuery']>[0];
  show: (state: State) => void;
}

/** Uses the hook that every chart uses. */
function Probe({ request, show }: ProbeProps): null {
  show(charts.useQuery(request));
  return null;
}

/** What a chart gets of an endpoint, once it has an answer. */
async function query(path: string, params: Record<string, string | number>, as = token): Promise<State> {
  let state: State | undefined;
  const show = (shown: State) => {
    state = shown;
  };
  const request = { endpoint: server.url + path, token: as, params };
  const root = dom.createRoot(page.document.createElement('div') as never);
  act(() => root.render(createElement(Probe, { request, show })));
  await vi.waitFor(() => expect(state?.loading).toBe(false), { timeout: 5000 });
  act(() => root.unmount());
  if (state === undefined) throw new Error('the hook gave nothing');
  return state;
}

const ES_AND_FR = [
  { country: 'ES', sold: 1, value: 4 },
  { country: 'FR', sold: 2, value: 5 },
];

test('[EP-05] [GN-20] a page of another origin gets the whole result', async () => {
  expect(await query('/v0/pipes/by_country.json', { since: '2026-01-02', countries: 'ES,FR' })).toMatchObject(
    {
      data: ES_AND_FR,
      meta: BY_COUNTRY_META,
      statistics: { elapsed: expect.any(Number), rows_read: 4, bytes_read: expect.any(Number) },
      error: null,
    },
  );
  expect(asked).toEqual(['GET /v0/pipes/by_country.json']);
});

test('[EP-06] [LMT-21] [GN-20] what is too long for a URL goes as JSON, after a preflight', async () => {
  const many = Array.from({ length: 500 }, (_, n) => `X${n}`);
  const countries = ['ES', ...many, 'FR'].join(',');
  const state = await query('/v0/pipes/by_country.json', { since: '2026-01-02', countries });
  expect([state.error, state.data, state.meta]).toEqual([null, ES_AND_FR, BY_COUNTRY_META]);
  expect(asked).toEqual(['POST /v0/pipes/by_country.json']);
});

test.each<[string, string, Record<string, string>, string | undefined, RegExp]>([
  [
    '[ERR-06] a parameter of the wrong type',
    '/v0/pipes/by_country.json',
    { since: 'soon' },
    undefined,
    /^Error: \{"error":".*since/,
  ],
  [
    '[EP-05] no such endpoint',
    '/v0/pipes/by_contry.json',
    {},
    undefined,
    /^Error: \{"error":"There is no Pipe `by_contry` in this Workspace/,
  ],
  ['[AU-05] a token of another endpoint', '/v0/pipes/by_id.json', {}, undefined, /^Error: \{"error":"/],
  [
    '[GN-11] a token of nobody',
    '/v0/pipes/by_country.json',
    {},
    'p.x.y',
    /^Error: \{"error":"The token is not valid here/,
  ],
])('[GN-20] the page can read the error of %s', async (_title, path, params, as, error) => {
  const state = await query(path, params, as);
  expect([state.data, state.error]).toEqual([null, expect.stringMatching(error)]);
});

test('[EP-05] a Table shows the rows', async () => {
  const box = page.document.createElement('div');
  const root = dom.createRoot(box as never);
  const request = { endpoint: `${server.url}/v0/pipes/by_country.json`, token, params: { limit: 2 } };
  act(() => root.render(createElement(charts.Table, { ...request, categories: ['country', 'sold'] })));
  await vi.waitFor(() => expect(box.textContent).toContain('DE'), { timeout: 5000 });
  const cells = [...box.querySelectorAll('td')].map(({ textContent }) => textContent.trim()).filter(Boolean);
  act(() => root.unmount());
  expect(cells).toEqual(['DE', '4', 'ES', '4']);
});
