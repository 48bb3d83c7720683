import pino from 'pino';
import { expect, test } from 'vitest';
import type { Authenticator } from '../tokens/index.js';
import { buildApp } from './app.js';
import { withoutPrivate } from './requestLog.js';

const EXTERNAL = encodeURIComponent("SELECT * FROM postgresql('h:1', 'd', 't', 'u', 'pw')");

test.each([
  ['/v0/pipes', '/v0/pipes'],
  ['/v0/sql?q=SELECT+1&token=p.abc', '/v0/sql?q=SELECT+1&token=***'],
  ['/v0/sql?%74oken=p.abc', '/v0/sql?token=***'],
  [`/v0/sql?q=${EXTERNAL}&a=1`, '/v0/sql?q=***&a=1'],
  [`/v0/sql?%71=${EXTERNAL}`, '/v0/sql?q=***'],
  ['/v0/sql?q=SELECT+url+FROM+t', '/v0/sql?q=SELECT+url+FROM+t'],
])('[GN-24] the log shows %s as %s', (url, shown) => {
  expect(withoutPrivate(url)).toBe(shown);
});

test('[GN-24] a refused request is logged with the code of its error', async () => {
  const lines: string[] = [];
  const log = pino({}, { write: (line: string) => lines.push(line) });
  const nobody = {
    authenticate: () => Promise.reject(new Error('asked for nobody')),
  } as unknown as Authenticator;
  const app = await buildApp({ log, authenticator: nobody, querySeconds: 1 }, (routes) => {
    routes.get('/open', { config: { access: 'public' } }, () => 'here');
    routes.get('/closed', { config: { access: 'token' } }, () => 'never');
  });
  for (const url of ['/open', '/closed', '/nowhere']) await app.inject({ url });
  await app.close();
  const shown = lines.map((line) => JSON.parse(line)).map(({ url, status, error }) => [url, status, error]);
  expect(shown).toEqual([
    ['/open', 200, null],
    ['/closed', 403, 'token_missing'],
    ['/nowhere', 404, 'route_not_found'],
  ]);
});
