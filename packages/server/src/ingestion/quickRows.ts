import { byteCheckOf } from './byteChecks.js';
import type { Fill } from './defaults.js';
import { parseExactly } from './parse.js';
import type { RowBuffer } from './rowBuffer.js';
import { type CompiledColumn, valueInside } from './rowSchema.js';
import { ESCAPE, KEY, NUMBER, Scanner, SPACE } from './scanner.js';
import { FITS } from './verdict.js';

/** Adds the value that the scanner has just stepped over to a row. @returns false when the exact check has to decide */
type Adder = (rows: RowBuffer, start: number, end: number, oddities: number) => boolean;

/** A column that is filled in where an event has no value for it. */
interface FilledColumn {
  readonly prefix: Uint8Array;
  readonly fill: Fill;
  /** The number of the row that had a value last. */
  givenIn: number;
}

/** What is at one key of events: columns that take the value, and keys inside of it. */
interface KeyNode {
  readonly adders: Adder[];
  /** How many of its columns must have a value. */
  required: number;
  readonly children: Map<string, KeyNode>;
  /** The children by the hash of their key. Several can have one hash, so the key is compared. */
  readonly byHash: Map<number, { key: Uint8Array; node: KeyNode }[]>;
  /** The number of the row in which the key was seen last: a key that is there twice is for the exact check. */
  seenIn: number;
}

/**
 * Makes the lines of good rows from the bytes of events, without making objects of them. Whatever it does not know for certain
 * to be good it leaves to the exact check (`rowSchema.ts`), which then makes the same line or says what is wrong.
 */
export class QuickRows {
  private readonly root: KeyNode = newNode();
  private readonly scanner = new Scanner();
  private readonly filled: FilledColumn[] = [];
  private required = 0;
  private row = 0;

  constructor(columns: readonly CompiledColumn[]) {
    for (const column of columns) {
      const node = column.keys.reduce(childOf, this.root);
      const adder = this.adderOf(column);
      node.adders.push(column.fill === null ? adder : this.noting(adder, column.name, column.fill));
      if (!column.mayBeMissing) node.required += 1;
    }
    this.required = columns.filter((column) => !column.mayBeMissing).length;
  }

  /**
   * Adds the row of one event with a line break, or nothing.
   * @param bytes UTF-8
   * @param start where the event begins, not with whitespace
   * @param receivedAt when its request came
   * @returns where the event's line ends, or -1 when the exact check has to decide
   */
  add(bytes: Uint8Array, start: number, rows: RowBuffer, receivedAt: Date): number {
    const { scanner } = this;
    const begin = rows.length;
    this.row += 1;
    this.missing = this.required;
    scanner.begin(bytes, start);
    if (bytes[start] === 0x7b && this.take(this.root, 0x7b, rows, 0) && this.missing === 0) {
      const after = scanner.next();
      if (after === 0x0a || scanner.at === bytes.length) {
        for (const { prefix, fill, givenIn } of this.filled) {
          if (givenIn === this.row) continue;
          rows.add(prefix, 0, prefix.length);
          rows.addText(fill(receivedAt));
        }
        if (rows.length === begin) rows.addByte(0x7b);
        else rows.replaceByte(begin, 0x7b);
        rows.addByte(0x7d);
        rows.addByte(0x0a);
        return scanner.at;
      }
    }
    rows.length = begin;
    return -1;
  }

  /** Columns that must have a value and have none yet. */
  private missing = 0;

  /** Steps over the value of a node and gives it to the node's columns and to those inside of it. */
  private take(node: KeyNode, first: number, rows: RowBuffer, depth: number): boolean {
    const { scanner } = this;
    if (node.seenIn === this.row) return false;
    node.seenIn = this.row;
    const start = scanner.at;
    const outer = scanner.oddities;
    scanner.oddities = 0;
    const isInside = first === 0x7b && node.children.size > 0;
    if (!(isInside ? this.takeObject(node, rows, depth) : scanner.value(first, depth))) return false;
    // Null is as good as nothing: it takes the default, or is wrong.
    if (first !== 0x6e) {
      const { at: end, oddities } = scanner;
      for (const add of node.adders) if (!add(rows, start, end, oddities)) return false;
      this.missing -= node.required;
    }
    scanner.oddities |= outer;
    return true;
  }

  private takeObject(node: KeyNode, rows: RowBuffer, depth: number): boolean {
    const { scanner } = this;
    const isWhole = node.adders.length > 0 || depth > 0;
    const base = scanner.enter();
    scanner.at += 1;
    if (scanner.next() === 0x7d) {
      scanner.at += 1;
      return true;
    }
    for (;;) {
      if (scanner.next() !== 0x22 || !scanner.key()) return false;
      if (isWhole) scanner.noteKey(base);
      const child = findChild(node, scanner);
      const first = scanner.next();
      if (!(child === undefined ? scanner.value(first, depth + 1) : this.take(child, first, rows, depth + 1)))
        return false;
      const byte = scanner.next();
      scanner.at += 1;
      if (byte === 0x2c) continue;
      scanner.leave(base);
      return byte === 0x7d;
    }
  }

  /** The adder of a column that is filled in for rows in which it has nothing to add. */
  private noting(adder: Adder, name: string, fill: Fill): Adder {
    const column: FilledColumn = { prefix: prefixOf(name), fill, givenIn: 0 };
    this.filled.push(column);
    return (rows, start, end, oddities) => {
      column.givenIn = this.row;
      return adder(rows, start, end, oddities);
    };
  }

  private adderOf(column: CompiledColumn): Adder {
    const { scanner } = this;
    const prefix = prefixOf(column.name);
    const exactly = (rows: RowBuffer, start: number, end: number): boolean =>
      addExactly(column, prefix, rows, scanner.bytes, start, end);
    const asIs = (rows: RowBuffer, start: number, end: number): boolean => {
      rows.add(prefix, 0, prefix.length);
      rows.add(scanner.bytes, start, end);
      return true;
    };
    if (column.elementKeys !== null && column.elementKeys.length > 0) return exactly;
    if (column.isText)
      return column.keys.length === 0 ? rootText(scanner, prefix) : text(scanner, prefix, asIs, exactly);
    if (column.type.name === 'JSON') {
      const isPlain = column.type.args.every((argument) => argument.kind === 'setting');
      return (rows, start, end, oddities) => {
        if (scanner.bytes[start] !== 0x7b) return false;
        return (isPlain && (oddities & (KEY | NUMBER)) === 0 ? asIs : exactly)(rows, start, end);
      };
    }
    const check = byteCheckOf(column.type);
    if (check === null) return exactly;
    return (rows, start, end) => check(scanner.bytes, start, end) && asIs(rows, start, end);
  }
}

/** What stands before a column's value in a line: the first one's comma gives way to a brace. */
function prefixOf(name: string): Uint8Array {
  return Buffer.from(`,${JSON.stringify(name)}:`);
}

type PlainAdder = (rows: RowBuffer, start: number, end: number) => boolean;

/** Objects and arrays are kept as text without whitespace, in the words of `JSON.stringify`. */
function text(scanner: Scanner, prefix: Uint8Array, asIs: PlainAdder, exactly: PlainAdder): Adder {
  return (rows, start, end, oddities) => {
    const first = scanner.bytes[start];
    if ((first !== 0x7b && first !== 0x5b) || (oddities & (SPACE | ESCAPE | KEY)) === 0)
      return asIs(rows, start, end);
    if ((oddities & (ESCAPE | KEY)) !== 0) return exactly(rows, start, end);
    rows.add(prefix, 0, prefix.length);
    rows.addCompact(scanner.bytes, start, end);
    return true;
  };
}

/** A text column of the whole event holds it as it was sent. */
function rootText(scanner: Scanner, prefix: Uint8Array): Adder {
  return (rows, start, end) => {
    rows.add(prefix, 0, prefix.length);
    rows.addQuoted(scanner.bytes, start, end);
    return true;
  };
}

/** The exact check of this one value. */
function addExactly(
  column: CompiledColumn,
  prefix: Uint8Array,
  rows: RowBuffer,
  bytes: Uint8Array,
  start: number,
  end: number,
): boolean {
  const source = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start);
  const parsed = parseExactly(source.toString('utf8'));
  if (parsed.kind === 'problem') return false;
  const value = valueInside(column, parsed.value);
  if (column.check(value) !== FITS) return false;
  rows.add(prefix, 0, prefix.length);
  rows.addText(column.write(value));
  return true;
}

function newNode(): KeyNode {
  return { adders: [], required: 0, children: new Map(), byHash: new Map(), seenIn: 0 };
}

function childOf(node: KeyNode, key: string): KeyNode {
  const before = node.children.get(key);
  if (before !== undefined) return before;
  const child = newNode();
  node.children.set(key, child);
  const bytes = Buffer.from(key);
  const hash = bytes.reduce((sum, byte) => (Math.imul(sum, 31) + byte) | 0, 0);
  node.byHash.set(hash, [...(node.byHash.get(hash) ?? []), { key: bytes, node: child }]);
  return child;
}

/** The child with the key that the scanner has read last. */
function findChild(node: KeyNode, { bytes, hash, keyStart, keyEnd }: Scanner): KeyNode | undefined {
  for (const { key, node: child } of node.byHash.get(hash) ?? []) {
    if (key.length !== keyEnd - keyStart) continue;
    let at = 0;
    while (at < key.length && key[at] === bytes[keyStart + at]) at += 1;
    if (at === key.length) return child;
  }
  return undefined;
}
