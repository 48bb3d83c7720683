import { expect, test } from 'vitest';
import { DiskOutage } from './diskOutage.js';

test('[EV-18] a disk that takes no events is logged once, and once when it does again', () => {
  const lines: unknown[] = [];
  const note =
    (level: string) =>
    (...[fields, text]: unknown[]) =>
      lines.push([level, text, fields]);
  const outage = new DiskOutage({ error: note('error'), info: note('info') });
  const err = new Error('ENOSPC');
  outage.worked();
  for (const datasource of ['a', 'b', 'b']) outage.failed(err, datasource);
  for (let count = 0; count < 2; count += 1) outage.worked();
  outage.failed(err, 'c');
  const begins = 'events can not be stored: requests are refused until they can';
  expect(lines).toEqual([
    ['error', begins, { err, datasource: 'a' }],
    ['info', 'events can be stored again', { refused: 3 }],
    ['error', begins, { err, datasource: 'c' }],
  ]);
});
