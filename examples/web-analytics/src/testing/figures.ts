import type { PageHit } from '../pageHit.js';

/** The rows that the endpoints should answer with, computed without SQL; ranked ones are all there, without paging. */
export interface Figures {
  sessions: object[];
  topPages: object[];
  topSources: object[];
  topBrowsers: object[];
  topDevices: object[];
  topLocations: object[];
}

/** Which hits count: of one shop, from a day on, up to a day; days as `YYYY-MM-DD`, in UTC. */
export interface Wanted {
  shop?: string;
  date_from?: string;
  date_to?: string;
}

/** Computes the endpoints' rows from the events, whatever their order (the figures that webAnalytics.test.ts expects). */
export function figuresOf(all: readonly PageHit[], wanted: Wanted = {}): Figures {
  const hits = all.filter((hit) => isHuman(hit) && isWanted(hit, wanted));
  const visits = [...groupBy(hits, (hit) => hit.session_id).values()].map(byTime);
  return {
    sessions: sessionRows(visits),
    topPages: pageRows(hits),
    topSources: sourceRows(visits),
    topBrowsers: rankedRows(hits, 'browser', ({ payload }) => nameIn(BROWSERS, payload.user_agent, 'other')),
    topDevices: rankedRows(hits, 'device', ({ payload }) => nameIn(DEVICES, payload.user_agent, 'desktop')),
    topLocations: rankedRows(hits, 'location', ({ payload }) => payload.country ?? ''),
  };
}

/** Visits of each of the thirty minutes that end with the one of `until`. @param until as `YYYY-MM-DD HH:MM:SS`, in UTC */
export function trendOf(all: readonly PageHit[], until: string): object[] {
  const last = Math.floor(Date.parse(`${until}Z`) / MINUTE_MS) * MINUTE_MS;
  const perMinute = groupBy(all.filter(isHuman), ({ ts }) => ts.slice(0, 16));
  return Array.from({ length: 30 }, (_, i) => {
    const minute = new Date(last - (29 - i) * MINUTE_MS).toISOString().slice(0, 16);
    const visits = distinct((perMinute.get(minute) ?? []).map((hit) => hit.session_id));
    return { t: `${minute.replace('T', ' ')}:00`, visits };
  });
}

const MINUTE_MS = 60_000;

/** What a browser's name for itself holds, the first that it does: some name others too. */
const BROWSERS = { Firefox: 'firefox', Chrome: 'chrome', Safari: 'safari' };
const DEVICES = { Android: 'android', iPhone: 'ios', iPad: 'ios' };

function nameIn(names: Readonly<Record<string, string>>, text: string, otherwise: string): string {
  return Object.entries(names).find(([word]) => text.includes(word))?.[1] ?? otherwise;
}

function isHuman({ payload }: PageHit): boolean {
  return !/bot|crawler|spider/.test(payload.user_agent.toLowerCase());
}

function isWanted({ ts, payload }: PageHit, { shop, date_from: from, date_to: to }: Wanted): boolean {
  const day = ts.slice(0, 10);
  return (
    (shop === undefined || payload.shop === shop) &&
    (from === undefined || day >= from) &&
    (to === undefined || day <= to)
  );
}

function rankedRows(hits: readonly PageHit[], column: string, keyOf: (hit: PageHit) => string): object[] {
  return [...groupBy(hits, keyOf)]
    .map(([key, group]) => ({
      key,
      visits: distinct(group.map((hit) => hit.session_id)),
      hits: group.length,
    }))
    .sort((a, b) => b.visits - a.visits || bytewise(a.key, b.key))
    .map(({ key, ...counts }) => ({ [column]: key, ...counts }));
}

/** Groups values by key, in the order in which the keys first appear. */
export function groupBy<T>(values: readonly T[], keyOf: (value: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const value of values) {
    const key = keyOf(value);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [value]);
    else group.push(value);
  }
  return groups;
}

function byTime(hits: readonly PageHit[]): PageHit[] {
  return hits.toSorted((a, b) => bytewise(a.ts, b.ts));
}

function sessionRows(visits: readonly PageHit[][]): object[] {
  const days = groupBy(visits, ([first]) => first?.ts.slice(0, 10) ?? '');
  return [...days]
    .sort(([a], [b]) => bytewise(a, b))
    .map(([day, ofDay]) => ({
      day,
      visits: ofDay.length,
      visitors: distinct(ofDay.map(([first]) => first?.visitor)),
      hits: count(ofDay.flat(), (hit) => hit.action === 'page_hit'),
      carts: count(ofDay.flat(), (hit) => hit.action === 'add_to_cart'),
      bounce_rate: round(count(ofDay, ({ length }) => length === 1) / ofDay.length, 4),
      average_seconds: round(sum(ofDay.map(seconds)) / ofDay.length, 1),
    }));
}

function seconds(visit: readonly PageHit[]): number {
  return (Date.parse(visit.at(-1)?.ts ?? '') - Date.parse(visit[0]?.ts ?? '')) / 1000;
}

function pageRows(hits: readonly PageHit[]): object[] {
  const seen = hits.filter((hit) => hit.action === 'page_hit');
  const pages = groupBy(seen, ({ payload }) => JSON.stringify([payload.shop, payload.pathname]));
  const ordered = [...pages.values()]
    .map((group) => ({ group, page: group[0]?.payload ?? { shop: '', pathname: '' } }))
    .sort(
      (a, b) =>
        b.group.length - a.group.length ||
        bytewise(a.page.shop, b.page.shop) ||
        bytewise(a.page.pathname, b.page.pathname),
    );
  return ordered.map(({ group, page }) => ({
    shop: page.shop,
    pathname: page.pathname,
    hits: group.length,
    visits: distinct(group.map((hit) => hit.session_id)),
    countries: distinct(group.map((hit) => hit.payload.country).filter((country) => country !== null)),
    sale_hits: count(group, (hit) => hit.payload.labels.includes('sale')),
    load_ms_p90: p90(group.flatMap((hit) => hit.payload.load_ms ?? [])),
    share: round(group.length / seen.length, 5),
  }));
}

/** What the engine's quantileExact gives: the value at that place among the sorted ones; null of none. */
function p90(values: readonly number[]): number | null {
  return values.toSorted((a, b) => a - b)[Math.floor(0.9 * values.length)] ?? null;
}

function sourceRows(visits: readonly PageHit[][]): object[] {
  const sources = groupBy(visits, ([first]) => (first === undefined ? '' : sourceOf(first)));
  return [...sources]
    .sort(([a, ofA], [b, ofB]) => ofB.length - ofA.length || bytewise(a, b))
    .map(([source, ofSource]) => ({
      source,
      visits: ofSource.length,
      visitors: distinct(ofSource.map(([first]) => first?.visitor)),
      hits: ofSource.flat().length,
      bounce_rate: round(count(ofSource, ({ length }) => length === 1) / ofSource.length, 4),
    }));
}

function sourceOf({ payload: { href, referrer } }: PageHit): string {
  const campaign = new URL(href).searchParams.get('utm_source');
  if (campaign !== null) return campaign;
  if (referrer === '') return '(direct)';
  return new URL(referrer).hostname.replace(/^www\./, '') || '(unknown)';
}

function distinct(values: readonly unknown[]): number {
  return new Set(values).size;
}

function count<T>(values: readonly T[], test: (value: T) => boolean): number {
  return values.filter(test).length;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** The engine's order of text. */
function bytewise(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** Rounds as the engine does: what lies in the middle goes to the even neighbour. */
function round(value: number, digits: number): number {
  const scaled = value * 10 ** digits;
  const below = Math.floor(scaled);
  const up = scaled - below > 0.5 || (scaled - below === 0.5 && below % 2 === 1);
  return (up ? below + 1 : below) / 10 ** digits;
}
