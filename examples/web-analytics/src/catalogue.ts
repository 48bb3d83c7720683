/**
 * What the shops' visitors are made of. Lists are ordered from common to rare; some entries are there because they are
 * awkward: other scripts, quotes, backslashes, no host at all.
 */
export const SHOPS = [
  { name: 'birdhouse', host: 'birdhouse.example' },
  { name: 'tea-and-rain', host: 'www.tea-and-rain.example' },
  { name: 'läden', host: 'laeden.example' },
] as const;

/** A shop: its name and where it is served. */
export type Shop = (typeof SHOPS)[number];

/** Pages that every shop has. Products come on top: `/p/<number>`. */
export const PAGES = [
  '/',
  '/search',
  '/cart',
  '/sale',
  '/about',
  '/checkout',
  '/c/feeders',
  '/c/tee-für-kalte-tage',
  '/c/餌台',
  '/c/скворечник',
  '/c/🐦-houses',
  "/c/gardener's-choice",
  '/c/3"-nails',
  '/c/back\\slash',
] as const;

/** How many products a shop has. */
export const PRODUCTS = 2000;

/** Where visits come from; the empty one is a visit that says nothing. */
export const REFERRERS = [
  '',
  'https://search.example/find?q=nest+box',
  'https://www.social.example/@ann/posts/4711',
  'https://search.example/find?q="bird+feeder"+\\"oak\\"',
  'https://news.example:8443/gardens/2026/winter?ref=home#tips',
  'http://blog.example/C:\\pictures\\robin.html',
  'android-app://com.social.example/',
  'https://zeitung.example/gärten/vögel?suche=„Meise“',
  'https://forum.example/t/👀?page=2',
  'about:blank',
  'C:\\Users\\Ann\\"saved pages"\\shop.html',
] as const;

/** Values of `utm_source` in links that were sent out, escaped as in a URL. */
export const CAMPAIGNS = ['newsletter', 'spring-flyer', 'partner%20shop', 'caf%C3%A9'] as const;

/** What browsers call themselves. */
export const BROWSERS = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Mobile Safari/537.36',
  'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
] as const;

/** What bots call themselves; each name says so, in its own spelling. */
export const BOTS = [
  'Mozilla/5.0 (compatible; SearchBot/2.1; +https://search.example/bot.html)',
  'PriceCrawler/0.9 (like "Mozilla")',
  'seo-SPIDER/7',
] as const;

/** Languages that browsers ask for. */
export const LOCALES = ['en-GB', 'de-DE', 'en-US', 'fr-FR', 'ja-JP', 'pt-BR'] as const;

/** Countries; null where the address could not be placed. */
export const COUNTRIES = ['GB', 'DE', 'US', 'FR', null, 'JP', 'BR'] as const;

/** Labels of pages; a page has any number of them. */
export const LABELS = ['sale', 'new', 'gift', 'last "one"', 'für draußen'] as const;
