import { expect, test } from 'vitest';
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
