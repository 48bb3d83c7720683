import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ApiError, catalogue } from './index.js';

const page = readFileSync(new URL('../../../../docs/errors.md', import.meta.url), 'utf8');

test('every error has its section in docs/errors.md, with its status, and the page has no other', () => {
  const sections = [...page.matchAll(/^## (\w+)\n\nStatus (\d+)\./gm)].map(([, code, status]) => [
    code,
    Number(status),
  ]);
  expect(sections).toEqual(Object.entries(catalogue).map(([code, { status }]) => [code, status]));
});

test('[ERR-01] [GN-19] a text is filled in, and what has no value stays visible', () => {
  const error = ApiError.of('name_taken', { name: 'hits', kind: 'Pipe' });
  expect([error.status, error.code, error.message]).toEqual([
    409,
    'name_taken',
    'The name `hits` is taken by a Pipe of this Workspace. Choose another one.',
  ]);
});

test('a value that looks like a place is not filled in again', () => {
  expect(ApiError.of('query_invalid', { message: 'no {name} here' }).message).toBe('no {name} here');
});
