import { expect, test } from 'vitest';
import { AddressError, AddressList, parseHostPort } from './address.js';

const list = AddressList.parse([
  'DB.example.com:5432',
  '*.example.com:443',
  '10.0.0.7:80',
  'localhost:80',
  '[::1]:80',
]);

test('[PS-08] a list has its entries once, in lower case', () => {
  expect(list.entries).toEqual([
    'db.example.com:5432',
    '*.example.com:443',
    '10.0.0.7:80',
    'localhost:80',
    '[::1]:80',
  ]);
  expect(AddressList.parse(['a.b:1', 'A.B:1']).entries).toEqual(['a.b:1']);
  expect(AddressList.none.entries).toEqual([]);
});

test.each([
  ['db.example.com:5432', true],
  ['a.example.com:443', true],
  ['a.b.example.com:443', true],
  ['localhost:80', true],
  ['10.0.0.7:80', true],
  ['[::1]:80', true],
  ['example.com:443', false],
  ['xexample.com:443', false],
  ['a.example.com:444', false],
  ['db.example.com:5433', false],
  ['10.0.0.8:80', false],
])('[PS-08] %s is allowed: %s', (text, allowed) => {
  const address = parseHostPort(text);
  expect(address !== undefined && list.allows(address)).toBe(allowed);
});

test.each([
  '',
  'example.com',
  'example.com:',
  'example.com:0',
  'example.com:65536',
  'example.com:443/path',
  'https://example.com:443',
  'u@example.com:443',
  '*:443',
  '*.com:443',
  '*.internal:80',
  '*.a.local:80',
  '*.1.2.3.4:80',
  '*.10:80',
  'a.*.com:80',
  '1.2.3:80',
  '01.2.3.4:80',
  '256.1.1.1:80',
  '0x7f.1:80',
  'a..b:80',
  '-a.b:80',
  'a.b.:80',
  'ex ample.com:80',
  '[::1:80',
  'müller.example:80',
])('[PS-08] %j is no entry', (entry) => {
  expect(() => AddressList.parse([entry])).toThrow(AddressError);
});

test.each([
  ['db.example.com:5432', true],
  ['a.example.com:443', true],
  ['*.example.com:443', true],
  ['*.a.example.com:443', true],
  ['*.example.com:444', false],
  ['*.xexample.com:443', false],
  ['other.com:443', false],
])('[PS-08] a list covers the entry %s: %s', (entry, covered) => {
  expect(list.covers(entry)).toBe(covered);
});
