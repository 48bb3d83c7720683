import {
  BOTS,
  BROWSERS,
  CAMPAIGNS,
  COUNTRIES,
  LABELS,
  LOCALES,
  PAGES,
  PRODUCTS,
  REFERRERS,
  SHOPS,
  type Shop,
} from './catalogue.js';
import type { PageHit } from './pageHit.js';
import type { Random } from './random.js';

const UINT64_MAX = 2n ** 64n - 1n;
const UINT32_MAX = 2 ** 32 - 1;

/** Visitors that come back, most of them rarely. Their numbers end at 2^64 - 1, where rounding would make many into one. */
const VISITORS = 6000;

/** Share of visits that are bots', and how many pages those read at the most. */
const BOT_SHARE = 0.05;
const BOT_HITS_MAX = 40;

/** After each page of a person: the probability that another one follows. */
const GO_ON = 0.68;

/** Mean time between two pages, in milliseconds. */
const PERSON_READS_MS = 45_000;
const BOT_READS_MS = 700;

/** One visit to a shop: what stays the same over its hits, and what comes next. */
export interface Visit {
  /** When its next hit happens, in milliseconds since 1970. */
  nextMs: number;
  hitsLeft: number;
  readonly meanMs: number;
  readonly shop: Shop;
  readonly sessionId: string;
  readonly visitor: bigint;
  readonly version: string | undefined;
  readonly userAgent: string;
  readonly locale: string;
  readonly country: string | null;
  /** Of the next hit: where the visit came from, then the shop's own page before. */
  referrer: string;
  /** Of the first hit; null for none. */
  campaign: string | null;
}

/** A new visit. @param startMs when its first hit happens, in milliseconds since 1970 */
export function newVisit(random: Random, startMs: number): Visit {
  const bot = random.chance(BOT_SHARE);
  return {
    nextMs: startMs,
    hitsLeft: bot ? 1 + random.below(BOT_HITS_MAX) : hitsOfPerson(random),
    meanMs: bot ? BOT_READS_MS : PERSON_READS_MS,
    shop: random.pick(SHOPS, 1.5),
    sessionId: random.hex(4),
    visitor: UINT64_MAX - BigInt(random.below(VISITORS, 2)),
    version: random.pick(['2', '2.1', undefined], 1.4),
    userAgent: bot ? random.pick(BOTS) : random.pick(BROWSERS, 1.3),
    locale: random.pick(LOCALES, 2),
    country: random.pick(COUNTRIES, 2),
    referrer: random.pick(REFERRERS, 2),
    campaign: random.chance(0.12) ? random.pick(CAMPAIGNS, 2) : null,
  };
}

function hitsOfPerson(random: Random): number {
  let hits = 1;
  while (random.chance(GO_ON)) hits++;
  return hits;
}

/** The visit's next hit; the visit moves on, and never twice in one millisecond. */
export function nextHit(random: Random, visit: Visit): PageHit {
  const pathname = random.chance(0.45) ? random.pick(PAGES, 2.5) : `/p/${1 + random.below(PRODUCTS, 4)}`;
  const href = hrefOf(random, visit, pathname);
  const loadMs = loadTime(random);
  const hit: PageHit = {
    ts: new Date(visit.nextMs).toISOString(),
    session_id: visit.sessionId,
    visitor: visit.visitor,
    action: random.chance(0.06) ? 'add_to_cart' : 'page_hit',
    ...(visit.version === undefined ? {} : { version: visit.version }),
    payload: {
      shop: visit.shop.name,
      user_agent: visit.userAgent,
      locale: visit.locale,
      country: visit.country,
      referrer: visit.referrer,
      pathname,
      href,
      ...(loadMs === undefined ? {} : { load_ms: loadMs }),
      labels: LABELS.filter((_label, i) => random.chance(0.3 / (i + 1))),
    },
  };
  visit.hitsLeft--;
  visit.nextMs += 1 + Math.floor(random.wait(visit.meanMs));
  visit.referrer = href;
  visit.campaign = null;
  return hit;
}

function hrefOf(random: Random, { shop, campaign }: Visit, pathname: string): string {
  const query: string[] = [];
  if (pathname === '/search')
    query.push(`q=${encodeURIComponent(random.pick(['nest box', 'thé "vert"', '50% & more', 'a=b']))}`);
  if (campaign !== null) query.push('utm_medium=link', `utm_source=${campaign}`);
  return `https://${shop.host}${encodeURI(pathname)}${query.length === 0 ? '' : `?${query.join('&')}`}`;
}

/** Mostly some hundred milliseconds, a few slow ones, and what broken clocks measure: nothing, or the largest number. */
function loadTime(random: Random): number | undefined {
  if (random.chance(0.03)) return undefined;
  if (random.chance(0.002)) return random.pick([0, UINT32_MAX]);
  return 40 + Math.floor(random.wait(350));
}
