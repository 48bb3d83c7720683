import { crc32 } from 'node:zlib';
import { expect, test } from 'vitest';
import { RowBuffer } from './rowBuffer.js';

test('[EV-11] a buffer to which nothing was added leaves the checksum of a record as it is', () => {
  expect(crc32(new RowBuffer(0).content(), 5)).toBe(5);
});

test('[EV-27] a buffer that grows, or for which room was made before, keeps what is in it', () => {
  const rows = new RowBuffer(0);
  rows.addText('a');
  rows.expect(1000);
  rows.expect(10);
  for (let n = 0; n < 500; n++) rows.addText('é');
  expect(rows.content().toString()).toBe(`a${'é'.repeat(500)}`);
});
