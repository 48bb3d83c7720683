import { crc32 } from 'node:zlib';

/**
 * A segment of the log is a file of NDJSON: one row a line, as the engine reads it. Rows that were made durable together are a
 * record: those for the Data Source's table, and behind them those for its quarantine. The first row of a record has one field more, in
 * front, by which the record is known and checked:
 *
 *     {"$log":"1 5d0a2f3c 000001a4 000002 00000000 000000","id":1,"name":"robin"}
 *     {"id":2,"name":"wren"}
 *
 * The text is the version of the format, the CRC-32 of what follows and of the other numbers, the record's length in bytes and its number
 * of rows for the table, and the bytes and the number of those for quarantine, all in hexadecimal. The engine passes over a field that is
 * no column, so it can insert a file of rows for one of the two as it is.
 */
export const RECORD_FIELD = '$log';

const START = Buffer.from(`{"${RECORD_FIELD}":"1 `);
const END = Buffer.from('"');
const CRC_AT = START.length;
/** The numbers behind the checksum, by their digits. */
const DIGITS = [8, 6, 8, 6] as const;
const NUMBERS_AT = CRC_AT + 9;
const NUMBERS_LENGTH = DIGITS.reduce((sum, digits) => sum + digits, DIGITS.length - 1);
const HEADER_LENGTH = NUMBERS_AT + NUMBERS_LENGTH + END.length;

/** Largest record in bytes and in rows: what its header has room for. */
export const RECORD_BYTES_MAX = 0xffff_ffff;
export const RECORD_ROWS_MAX = 0xff_ffff;

const NEWLINE = 0x0a;
const BRACE = 0x7d;
const COMMA = Buffer.from(',');

/** Rows of one or more requests, as NDJSON with a line break after each row. */
export interface RecordLines {
  /** For the Data Source's table. */
  rows: Buffer;
  rowCount: number;
  /** For its quarantine table. */
  quarantined: Buffer;
  quarantinedCount: number;
}

/** A record of a segment, as it was found. */
export interface FoundRecord {
  /** Where it begins, where its rows for quarantine begin, and where it ends, in bytes. */
  start: number;
  quarantineAt: number;
  end: number;
  rowCount: number;
  quarantinedCount: number;
}

/** What a segment's bytes are. */
export interface ScannedSegment {
  /** The bytes in which the records are: those that were given, with lengths mended. */
  bytes: Buffer;
  records: FoundRecord[];
  /** Whether there are bytes that are no record, and not the beginning of one at the end that was being written. */
  damaged: boolean;
}

/** Makes a record of lines, of which there is at least one. */
export function encodeRecord({ rows, rowCount, quarantined, quarantinedCount }: RecordLines): Buffer {
  const [first, second] = rows.length > 0 ? [rows, quarantined] : [quarantined, rows];
  // `{}` has nothing before which a comma could stand.
  const beginning = first[1] === BRACE ? [] : [COMMA];
  // Without bytes that are none: of some empty buffers `crc32` gives 0 whatever came before.
  const rest = [...beginning, first.subarray(1), second].filter((part) => part.length > 0);
  const length = HEADER_LENGTH + rest.reduce((sum, part) => sum + part.length, 0);
  if (length > RECORD_BYTES_MAX || Math.max(rowCount, quarantinedCount) > RECORD_ROWS_MAX)
    throw new RangeError('A record is too large.');
  const quarantineBytes = rows.length > 0 ? quarantined.length : length;
  const values = [length, rowCount, quarantineBytes, quarantinedCount];
  const numbers = values.map((value, i) => hex(value, DIGITS[i] ?? 0)).join(' ');
  const crc = rest.reduce((sum, part) => crc32(part, sum), crc32(numbers));
  return Buffer.concat([START, Buffer.from(`${hex(crc, 8)} ${numbers}`), END, ...rest], length);
}

/** Finds the records of a segment: also those behind damage, which were acknowledged like all others. */
export function scanRecords(given: Buffer): ScannedSegment {
  const records: FoundRecord[] = [];
  let bytes = given;
  let damaged = false;
  for (let at = 0; at < bytes.length; ) {
    const record = recordAt(bytes, at);
    if (record !== null) {
      records.push(record);
      at = record.end;
      continue;
    }
    const next = bytes.indexOf(START, at + 1);
    const end = next < 0 ? bytes.length : next;
    const mended = withItsLength(bytes.subarray(at, end));
    if (mended !== null) bytes = Buffer.concat([bytes.subarray(0, at), mended, bytes.subarray(end)]);
    else if (next < 0) return { bytes, records, damaged: damaged || !isTorn(bytes, at) };
    else at = next;
    damaged = true;
  }
  return { bytes, records, damaged };
}

/** A record of which only the length is damaged, with the right one; null for anything else. */
function withItsLength(bytes: Buffer): Buffer | null {
  if (bytes.length < HEADER_LENGTH) return null;
  const mended = Buffer.from(bytes);
  mended.write(hex(bytes.length, DIGITS[0]), NUMBERS_AT);
  return recordAt(mended, 0) === null ? null : mended;
}

function recordAt(bytes: Buffer, start: number): FoundRecord | null {
  const header = bytes.subarray(start, start + HEADER_LENGTH);
  if (header.length < HEADER_LENGTH || !header.subarray(0, CRC_AT).equals(START) || !isWhole(header))
    return null;
  const [length, rowCount, quarantineBytes, quarantinedCount] = numbersOf(header);
  const end = start + length;
  // Written so that a length that is no number is none either.
  if (!(end <= bytes.length && length > HEADER_LENGTH) || bytes[end - 1] !== NEWLINE) return null;
  const rest = bytes.subarray(start + HEADER_LENGTH, end);
  const numbers = header.subarray(NUMBERS_AT, NUMBERS_AT + NUMBERS_LENGTH);
  if (crc32(rest, crc32(numbers)) !== readHex(header, CRC_AT, 8)) return null;
  return { start, quarantineAt: end - quarantineBytes, end, rowCount, quarantinedCount };
}

function numbersOf(header: Buffer): [number, number, number, number] {
  const numbers: number[] = [];
  let at = NUMBERS_AT;
  for (const digits of DIGITS) {
    numbers.push(readHex(header, at, digits));
    at += digits + 1;
  }
  const [length = Number.NaN, rows = Number.NaN, quarantineBytes = Number.NaN, quarantined = Number.NaN] =
    numbers;
  return [length, rows, quarantineBytes, quarantined];
}

/** The header's signs that the checksum does not cover. */
function isWhole(header: Buffer): boolean {
  const sign = (at: number): string => String.fromCharCode(header[at] ?? 0);
  return sign(NUMBERS_AT - 1) === ' ' && sign(HEADER_LENGTH - 1) === '"';
}

/**
 * Whether the last bytes are the beginning of a record that was being written when the process ended. That has fewer rows than its header
 * says. One with all its rows was acknowledged: where it seems to reach beyond the end, its length is damaged.
 */
function isTorn(bytes: Buffer, start: number): boolean {
  const header = bytes.subarray(start, start + HEADER_LENGTH);
  const begun = Math.min(header.length, CRC_AT);
  if (!header.subarray(0, begun).equals(START.subarray(0, begun))) return isZero(bytes.subarray(start));
  if (header.length < HEADER_LENGTH) return true;
  const [length, rowCount, , quarantinedCount] = numbersOf(header);
  const rows = countOf(bytes.subarray(start + HEADER_LENGTH), NEWLINE);
  return isWhole(header) && start + length > bytes.length && rows < rowCount + quarantinedCount;
}

function countOf(bytes: Buffer, byte: number): number {
  let count = 0;
  for (let at = bytes.indexOf(byte); at >= 0; at = bytes.indexOf(byte, at + 1)) count += 1;
  return count;
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

/** The lines of a segment that go into the Data Source's table, and those for its quarantine. */
export function splitSegment(given: Buffer): Pick<RecordLines, 'rows' | 'quarantined'> {
  const { bytes, records } = scanRecords(given);
  return {
    rows: Buffer.concat(records.map(({ start, quarantineAt }) => bytes.subarray(start, quarantineAt))),
    quarantined: Buffer.concat(records.map(({ quarantineAt, end }) => bytes.subarray(quarantineAt, end))),
  };
}

/** The rows in lines of records, as they were given to `encodeRecord`. */
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
