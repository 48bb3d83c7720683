import type { PageHit } from '../pageHit.js';

/** The rows that the three endpoints should answer with, computed without SQL. */
export interface Figures {
  sessions: object[];
  topPages: object[];
  topSources: object[];
}

/** Computes the endpoints' rows from the events, whatever their order (the figures that webAnalytics.test.ts expects). */
export function figuresOf(all: readonly PageHit[]): Figures {
  const hits = all.filter((hit) => !/bot|crawler|spider/.test(hit.payload.user_agent.toLowerCase()));
  const visits = [...groupBy(hits, (hit) => hit.session_id).values()].map(byTime);
  return { sessions: sessionRows(visits), topPages: pageRows(hits), topSources: sourceRows(visits) };
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
  return ordered.slice(0, 50).map(({ group, page }) => ({
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
