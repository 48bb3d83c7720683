import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeRecord, linesOf, scanRecords, splitSegment } from './record.js';

/** Rows as the log gets them: lines of JSON objects, of which the first field is a column. */
const row = fc
  .dictionary(
    fc.string({ minLength: 1 }),
    fc.oneof(fc.string({ unit: 'grapheme' }), fc.integer(), fc.constant(null)),
  )
  .map((fields) => JSON.stringify(fields));
const some = fc.array(row, { maxLength: 6 });
const batch = fc.tuple(some, some).filter(([rows, quarantined]) => rows.length + quarantined.length > 0);
const batches = fc.array(batch, { minLength: 1, maxLength: 5 });

function record([rows, quarantined]: readonly [readonly string[], readonly string[]]): Buffer {
  return encodeRecord({
    rows: bytesOf(rows),
    rowCount: rows.length,
    quarantined: bytesOf(quarantined),
    quarantinedCount: quarantined.length,
  });
}

function bytesOf(lines: readonly string[]): Buffer {
  return Buffer.from(lines.map((line) => `${line}\n`).join(''));
}

/** Where the length stands in a record. */
const LENGTH_AT = '{"$log":"1 00000000 '.length;

describe('a segment of the event log', () => {
  test('[EV-11] gives back the rows of its records, and is NDJSON with one field more', () => {
    fc.assert(
      fc.property(batches, (given) => {
        const segment = Buffer.concat(given.map(record));
        const { records, damaged } = scanRecords(segment);
        expect(damaged).toBe(false);
        expect(records.map(({ rowCount, quarantinedCount }) => [rowCount, quarantinedCount])).toEqual(
          given.map(([rows, quarantined]) => [rows.length, quarantined.length]),
        );
        const parts = splitSegment(segment);
        expect(linesOf(parts.rows)).toEqual(given.flatMap(([rows]) => rows));
        expect(linesOf(parts.quarantined)).toEqual(given.flatMap(([, quarantined]) => quarantined));
        const documents = segment
          .toString()
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line));
        const plain = documents.map(({ $log: _, ...fields }) => fields);
        expect(plain).toEqual(given.flat(2).map((text) => JSON.parse(text)));
      }),
    );
  });

  test.each([
    ['of its own', Buffer.alloc(0)],
    ['that is part of none', Buffer.allocUnsafeSlow(0).subarray(0, 0)],
    ['without memory', Buffer.from(new ArrayBuffer(0))],
  ])('[EV-11] an empty buffer %s leaves a record whole', (_what, empty) => {
    const rows = Buffer.from('{"a":1}\n');
    for (const lines of [
      { rows, rowCount: 1, quarantined: empty, quarantinedCount: 0 },
      { rows: empty, rowCount: 0, quarantined: rows, quarantinedCount: 1 },
    ]) {
      const { damaged, records } = scanRecords(encodeRecord(lines));
      expect([damaged, records.length]).toEqual([false, 1]);
    }
  });

  test('[EV-11] any beginning of it has a beginning of its records, and counts as torn, not as damaged', () => {
    fc.assert(
      fc.property(batches, fc.double({ min: 0, max: 1, noNaN: true }), (given, share) => {
        const parts = given.map(record);
        const segment = Buffer.concat(parts);
        const length = Math.floor(share * segment.length);
        const { records, damaged } = scanRecords(segment.subarray(0, length));
        const ends = parts.map((_, i) => Buffer.concat(parts.slice(0, i + 1)).length);
        expect(records.map(({ end }) => end)).toEqual(ends.filter((end) => end <= length));
        expect(damaged).toBe(false);
      }),
    );
  });

  test('[EV-11] a few bytes of a further record count as torn, and so do zeros', () => {
    const whole = record([['{"a":1}'], []]);
    const next = record([['{"a":2}', '{"a":3}'], []]);
    for (let length = 0; length < next.length; length += 1) {
      for (const tail of [next.subarray(0, length), Buffer.alloc(length)]) {
        const { records, damaged } = scanRecords(Buffer.concat([whole, tail]));
        expect([length, records.length, damaged]).toEqual([length, 1, false]);
      }
    }
  });

  test('[EV-11] two beginnings of a record beside each other are damage, and cost no other record', () => {
    const whole = record([['{"a":1}'], []]);
    const begun = whole.subarray(0, 12);
    const { records, damaged } = scanRecords(Buffer.concat([begun, begun, whole]));
    expect([records.length, damaged]).toEqual([1, true]);
  });

  test('[EV-11] a byte that was changed is noticed, and costs no other record', () => {
    fc.assert(
      fc.property(batches, fc.nat(), fc.integer({ min: 1, max: 255 }), (given, seed, change) => {
        const parts = given.map(record);
        const segment = Buffer.concat(parts);
        const at = seed % segment.length;
        segment[at] = (segment[at] ?? 0) ^ change;
        const starts = parts.map((_, i) => Buffer.concat(parts.slice(0, i)).length);
        const hit = starts.findLastIndex((start) => start <= at);
        const { records, damaged } = scanRecords(segment);
        // What the checksum was made of is there when only the length is wrong.
        const inHit = at - (starts[hit] ?? 0) - LENGTH_AT;
        const isLength = inHit >= 0 && inHit < 8;
        expect(records.map(({ start }) => start)).toEqual(starts.filter((_, i) => isLength || i !== hit));
        expect(damaged).toBe(true);
      }),
    );
  });

  test('[EV-11] zeros behind the last record, as a loss of power leaves them, are no damage', () => {
    const whole = record([['{"id":1}'], []]);
    const { records, damaged } = scanRecords(Buffer.concat([whole, Buffer.alloc(4096)]));
    expect([records.length, damaged]).toEqual([1, false]);
  });

  test('[EV-11] a changed record that others follow is damage', () => {
    const [first, second] = [record([['{"id":1}'], []]), record([['{"id":2}'], []])];
    first[first.length - 3] = 0x39;
    const { records, damaged } = scanRecords(Buffer.concat([first, second]));
    expect([records, damaged]).toEqual([
      [
        {
          start: first.length,
          quarantineAt: first.length + second.length,
          end: first.length + second.length,
          rowCount: 1,
          quarantinedCount: 0,
        },
      ],
      true,
    ]);
  });

  test('[EV-11] a last record that is there to its end and was changed is damage too', () => {
    const segment = record([['{"id":1}'], []]);
    segment[segment.length - 3] = 0x39;
    expect(scanRecords(segment)).toMatchObject({ records: [], damaged: true });
  });

  test('[EV-11] a wrong length is damage that costs no row, also where it reaches beyond the end', () => {
    const parts = [
      record([['{"id":0}'], []]),
      record([['{"id":1}', '{"id":2}'], ['{"id":"x"}']]),
      record([[], ['{"id":"y"}']]),
    ];
    const rows = ['{"id":0}', '{"id":1}', '{"id":2}'];
    for (const hit of parts.keys()) {
      for (const digit of ['f', '0', 'x']) {
        const segment = Buffer.concat(parts);
        segment.write(digit, Buffer.concat(parts.slice(0, hit)).length + LENGTH_AT + (digit === '0' ? 6 : 2));
        const { bytes, records, damaged } = scanRecords(segment);
        expect([records.length, damaged]).toEqual([3, true]);
        expect(bytes).toEqual(Buffer.concat(parts));
        expect(linesOf(splitSegment(segment).rows)).toEqual(rows);
      }
    }
  });

  test('[EV-11] a last record with all its rows is never torn, whatever else is wrong', () => {
    const segment = record([['{"id":1}', '{"id":2}'], ['{"id":"x"}']]);
    segment.write('f', LENGTH_AT + 2);
    expect(scanRecords(segment.subarray(0, -1))).toMatchObject({ records: [], damaged: false });
    segment.write('3', segment.length - 4);
    expect(scanRecords(segment)).toMatchObject({ records: [], damaged: true });
  });

  test('a row without a field', () => {
    const segment = record([['{}', '{"a":1}'], []]);
    expect(segment.toString()).toMatch(
      /^\{"\$log":"1 [0-9a-f]{8} [0-9a-f]{8} 000002 00000000 000000"\}\n\{"a":1\}\n$/,
    );
    expect(linesOf(segment)).toEqual(['{}', '{"a":1}']);
  });
});
