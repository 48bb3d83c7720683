import type { ResultFormat } from './formats.js';

const NEWLINE = 10;
const QUOTE = 34;

/** How many rows a complete result in this format has; 0 for formats that don't tell. */
export function countRows(format: ResultFormat, body: Uint8Array): number {
  if (format.rows === 'in-document') return rowsOfDocument(body);
  const counter = new RowCounter(format);
  counter.read(body);
  return counter.rows;
}

/** The engine writes the number of rows behind the rows. */
function rowsOfDocument(body: Uint8Array): number {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const at = bytes.lastIndexOf('"rows":');
  return at < 0 ? 0 : Number.parseInt(bytes.toString('latin1', at + 7, at + 30), 10) || 0;
}

/** Counts the rows of a result in lines while it passes. */
export class RowCounter {
  private lines = 0;
  private quoted = false;

  constructor(private readonly format: ResultFormat) {}

  /** Rows so far. */
  get rows(): number {
    return Math.max(0, this.lines - (this.format.hasHeader === true ? 1 : 0));
  }

  /** Takes the next piece of the result. */
  read(chunk: Uint8Array): void {
    if (this.format.rows === 'lines') this.countLines(chunk);
    else if (this.format.rows === 'csv') this.countRecords(chunk);
  }

  private countLines(chunk: Uint8Array): void {
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, at + 1)) this.lines += 1;
  }

  /** A line break between quotes belongs to a value. A quote inside a value is doubled, which changes nothing in the end. */
  private countRecords(chunk: Uint8Array): void {
    for (const byte of chunk) {
      if (byte === QUOTE) this.quoted = !this.quoted;
      else if (byte === NEWLINE && !this.quoted) this.lines += 1;
    }
  }
}
