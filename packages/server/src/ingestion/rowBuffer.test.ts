import { expect, test } from 'vitest';
import { encodeRecord, scanRecords } from './log/record.js';
import { RowBuffer } from './rowBuffer.js';

test('[EV-11] a buffer to which nothing was added leaves a record whole', () => {
  const rows = new RowBuffer(0);
  rows.addText('{"a":1}\n');
  const [full, empty] = [rows.content(), new RowBuffer(0).content()];
  for (const lines of [
    { rows: full, rowCount: 1, quarantined: empty, quarantinedCount: 0 },
    { rows: empty, rowCount: 0, quarantined: full, quarantinedCount: 1 },
  ]) {
    const { records, damaged } = scanRecords(encodeRecord(lines));
    expect([damaged, records.map(({ rowCount, quarantinedCount }) => [rowCount, quarantinedCount])]).toEqual([
      false,
      [[lines.rowCount, lines.quarantinedCount]],
    ]);
  }
});

test('[EV-27] a buffer that grows, or for which room was made before, keeps what is in it', () => {
  const rows = new RowBuffer(0);
  rows.addText('a');
  rows.expect(1000);
  rows.expect(10);
  for (let n = 0; n < 500; n++) rows.addText('é');
  expect(rows.content().toString()).toBe(`a${'é'.repeat(500)}`);
});
