import { crc32 } from 'node:zlib';

/**
 * A segment of the log is a file of NDJSON: one row a line, as the engine reads it. Rows that were made durable together are a
 * record. The first row of a record has one field more, in front, by which the record is known and checked:
 *
 *     {"$log":"1 5d0a2f3c 000001a4 00000c","id":1,"name":"robin"}
 *     {"id":2,"name":"wren"}
 *
 * The text is the version of the format, the CRC-32 of what follows and of the two other numbers, the record's length in bytes and
 * its number of rows, all three in hexadecimal. The engine passes over a field that is no column, so it can insert the file as it is.
 */
export const RECORD_FIELD = '$log';

const START = Buffer.from(`{"${RECORD_FIELD}":"1 `);
const END = Buffer.from('"');
const CRC_AT = START.length;
const LENGTH_AT = CRC_AT + 9;
const ROWS_AT = LENGTH_AT + 9;
const HEADER_LENGTH = ROWS_AT + 6 + END.length;

/** Largest record in bytes and in rows: what its header has room for. */
export const RECORD_BYTES_MAX = 0xffff_ffff;
export const RECORD_ROWS_MAX = 0xff_ffff;

const NEWLINE = 0x0a;
const BRACE = 0x7d;
const COMMA = Buffer.from(',');

/** A record of a segment, as it was found. */
export interface FoundRecord {
  /** Where it begins, in bytes. */
  start: number;
  end: number;
  rows: number;
}

/** What a segment's bytes are. */
export interface ScannedSegment {
  records: FoundRecord[];
  /** Whether there are bytes that are no record, and not the beginning of one at the end that was being written. */
  damaged: boolean;
}

/**
 * Makes a record of lines.
 * @param lines NDJSON of `rows` objects, each line ended by a line break; at least one
 */
export function encodeRecord(lines: Buffer, rows: number): Buffer {
  // `{}` has nothing before which a comma could stand.
  const rest = lines[1] === BRACE ? [lines.subarray(1)] : [COMMA, lines.subarray(1)];
  const length = HEADER_LENGTH + rest.reduce((sum, part) => sum + part.length, 0);
  if (length > RECORD_BYTES_MAX || rows > RECORD_ROWS_MAX) throw new RangeError('A record is too large.');
  const numbers = `${hex(length, 8)} ${hex(rows, 6)}`;
  const crc = rest.reduce((sum, part) => crc32(part, sum), crc32(numbers));
  return Buffer.concat([START, Buffer.from(`${hex(crc, 8)} ${numbers}`), END, ...rest], length);
}

/** Finds the records of a segment: also those behind damage, which were acknowledged like all others. */
export function scanRecords(bytes: Buffer): ScannedSegment {
  const records: FoundRecord[] = [];
  let damaged = false;
  for (let at = 0; at < bytes.length; ) {
    const record = recordAt(bytes, at);
    if (record === null) {
      const next = bytes.indexOf(START, at + 1);
      if (next < 0) return { records, damaged: damaged || !isTorn(bytes, at) };
      damaged = true;
      at = next;
    } else {
      records.push(record);
      at = record.end;
    }
  }
  return { records, damaged };
}

function recordAt(bytes: Buffer, start: number): FoundRecord | null {
  const header = bytes.subarray(start, start + HEADER_LENGTH);
  if (header.length < HEADER_LENGTH || !header.subarray(0, CRC_AT).equals(START)) return null;
  const end = start + readHex(header, LENGTH_AT, 8);
  const rest = bytes.subarray(start + HEADER_LENGTH, end);
  // Written so that a length that is no number is none either.
  if (!(end <= bytes.length && end > start + HEADER_LENGTH) || bytes[end - 1] !== NEWLINE) return null;
  const numbers = header.subarray(LENGTH_AT, ROWS_AT + 6);
  if (crc32(rest, crc32(numbers)) !== readHex(header, CRC_AT, 8) || !isWhole(header)) return null;
  return { start, end, rows: readHex(header, ROWS_AT, 6) };
}

/** The header's signs that no number covers. */
function isWhole(header: Buffer): boolean {
  const sign = (at: number): string => String.fromCharCode(header[at] ?? 0);
  return sign(LENGTH_AT - 1) === ' ' && sign(HEADER_LENGTH - 1) === '"';
}

/** Whether the last bytes are the beginning of a record that was being written when the process ended. */
function isTorn(bytes: Buffer, start: number): boolean {
  const header = bytes.subarray(start, start + HEADER_LENGTH);
  const begun = Math.min(header.length, CRC_AT);
  if (!header.subarray(0, begun).equals(START.subarray(0, begun))) return isZero(bytes.subarray(start));
  return header.length < HEADER_LENGTH || start + readHex(header, LENGTH_AT, 8) > bytes.length;
}

/** After a loss of power a file may be longer than what of it was written. */
function isZero(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0);
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}

/** NaN where there are other signs than lower-case digits. */
function readHex(bytes: Buffer, at: number, digits: number): number {
  const text = bytes.toString('latin1', at, at + digits);
  return /^[0-9a-f]+$/.test(text) ? Number.parseInt(text, 16) : Number.NaN;
}

/**
 * The rows of whole records, one line each, as they were given to `encodeRecord`.
 * @param bytes of records that `scanRecords` has found, without anything between them
 */
export function linesOf(bytes: Buffer): string[] {
  const lines = bytes.toString('utf8').split('\n');
  lines.pop();
  return lines.map(withoutHeader);
}

function withoutHeader(line: string): string {
  if (!line.startsWith(`{"${RECORD_FIELD}":"1 `)) return line;
  const rest = line.slice(HEADER_LENGTH);
  return `{${rest.startsWith(',') ? rest.slice(1) : rest}`;
}
