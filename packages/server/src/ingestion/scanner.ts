/** Whitespace between the tokens of a value. */
export const SPACE = 1;
/** An escape in a text that `JSON.stringify` would not write: `\/` or `\u0041`. */
export const ESCAPE = 2;
/** A key that is there twice, is empty, has a dot, or begins with a digit (which JavaScript's objects put first). */
export const KEY = 4;
/** A number with an exponent, or of so many digits that it may not be a number of 64 bits. */
export const NUMBER = 8;

/** Deeper values are left to the exact reader. */
const DEPTH_MAX = 48;

/** Keys of the objects around a value that are told apart. */
const KEYS_MAX = 128;

/** Digits that are always a whole number of 64 bits. */
const SAFE_DIGITS = 18;

/** Characters that a plain number has at the most. */
const NUMBER_MAX = 25;

/**
 * Walks over JSON text as bytes, which have to be UTF-8, and makes no objects. It accepts only what `JSON.parse` accepts, and
 * refuses some of that: a line break between tokens, an escape in a key, half of a surrogate pair, deep nesting. What it refuses
 * is read by the exact reader (`parse.ts`); so it is allowed to be unable, never to be wrong.
 */
export class Scanner {
  bytes: Uint8Array = new Uint8Array(0);
  /** Where the next token begins. */
  at = 0;
  /** What was unusual in the values since it was set to 0, as a sum of the constants above. */
  oddities = 0;
  /** Hash of the key that was read last, and where it stands. */
  hash = 0;
  keyStart = 0;
  keyEnd = 0;
  private readonly hashes = new Int32Array(KEYS_MAX);
  private hashCount = 0;

  /** Begins with other bytes. */
  begin(bytes: Uint8Array, at: number): void {
    this.bytes = bytes;
    this.at = at;
    this.hashCount = 0;
  }

  /** Steps over whitespace, but not over the end of a line. @returns the byte that follows, 0 at the end */
  next(): number {
    let byte = this.bytes[this.at] ?? 0;
    if (byte > 0x20) return byte;
    const start = this.at;
    while (byte === 0x20 || byte === 0x09 || byte === 0x0d) byte = this.bytes[++this.at] ?? 0;
    if (this.at > start) this.oddities |= SPACE;
    return byte;
  }

  /** Steps over a value, of which the first byte is given. @returns false when it is not JSON, or unusual */
  value(first: number, depth: number): boolean {
    switch (first) {
      case 0x22:
        return this.string();
      case 0x7b:
        return this.object(depth);
      case 0x5b:
        return this.array(depth);
      case 0x74:
        return this.word(0x72, 0x75, 0x65, 4);
      case 0x66:
        return this.bytes[this.at + 1] === 0x61 && this.wordAt(1, 0x6c, 0x73, 0x65, 5);
      case 0x6e:
        return this.word(0x75, 0x6c, 0x6c, 4);
      default:
        return this.number(first);
    }
  }

  /** Steps over a text with its quotes. */
  string(): boolean {
    const { bytes } = this;
    let at = this.at + 1;
    for (;;) {
      const byte = bytes[at] ?? 0;
      if (byte === 0x22) break;
      if (byte < 0x20) return false;
      if (byte === 0x5c) {
        const length = this.escape(at + 1);
        if (length === 0) return false;
        at += length;
      }
      at += 1;
    }
    this.at = at + 1;
    return true;
  }

  /** Reads a key up to its closing quote into `hash`, `keyStart` and `keyEnd`, then the colon. */
  key(): boolean {
    const { bytes } = this;
    let at = this.at + 1;
    this.keyStart = at;
    let hash = 0;
    for (;;) {
      const byte = bytes[at] ?? 0;
      if (byte === 0x22) break;
      if (byte < 0x20 || byte === 0x5c) return false;
      if (byte === 0x2e) this.oddities |= KEY;
      hash = (Math.imul(hash, 31) + byte) | 0;
      at += 1;
    }
    this.keyEnd = at;
    this.hash = hash;
    const first = bytes[this.keyStart] ?? 0;
    if (first === 0x22 || (first >= 0x30 && first <= 0x39)) this.oddities |= KEY;
    this.at = at + 1;
    if (this.next() !== 0x3a) return false;
    this.at += 1;
    return true;
  }

  /** An object begins: what to give `leave` when it has ended. */
  enter(): number {
    return this.hashCount;
  }

  /** Notes the key that was read last as one of the object's, and whether it was there before. */
  noteKey(base: number): void {
    const { hashes, hash, hashCount } = this;
    for (let i = base; i < hashCount; i += 1) if (hashes[i] === hash) this.oddities |= KEY;
    if (hashCount === KEYS_MAX) {
      this.oddities |= KEY;
      return;
    }
    hashes[hashCount] = hash;
    this.hashCount = hashCount + 1;
  }

  leave(base: number): void {
    this.hashCount = base;
  }

  private object(depth: number): boolean {
    if (depth > DEPTH_MAX) return false;
    this.at += 1;
    if (this.next() === 0x7d) {
      this.at += 1;
      return true;
    }
    const base = this.enter();
    for (;;) {
      if (this.next() !== 0x22 || !this.key()) return false;
      this.noteKey(base);
      if (!this.value(this.next(), depth + 1)) return false;
      const byte = this.next();
      this.at += 1;
      if (byte === 0x2c) continue;
      this.leave(base);
      return byte === 0x7d;
    }
  }

  private array(depth: number): boolean {
    if (depth > DEPTH_MAX) return false;
    this.at += 1;
    if (this.next() === 0x5d) {
      this.at += 1;
      return true;
    }
    for (;;) {
      if (!this.value(this.next(), depth + 1)) return false;
      const byte = this.next();
      this.at += 1;
      if (byte !== 0x2c) return byte === 0x5d;
    }
  }

  private number(first: number): boolean {
    const { bytes, at: start } = this;
    let at = start;
    let byte = first;
    if (byte === 0x2d) byte = bytes[++at] ?? 0;
    if (byte === 0x30) byte = bytes[++at] ?? 0;
    else if (byte > 0x30 && byte <= 0x39) {
      do byte = bytes[++at] ?? 0;
      while (byte >= 0x30 && byte <= 0x39);
    } else return false;
    if (at - start > SAFE_DIGITS) this.oddities |= NUMBER;
    if (byte === 0x2e) {
      const point = at;
      do byte = bytes[++at] ?? 0;
      while (byte >= 0x30 && byte <= 0x39);
      if (at === point + 1) return false;
    }
    if (byte === 0x65 || byte === 0x45) {
      this.oddities |= NUMBER;
      byte = bytes[++at] ?? 0;
      if (byte === 0x2b || byte === 0x2d) byte = bytes[++at] ?? 0;
      const exponent = at;
      while (byte >= 0x30 && byte <= 0x39) byte = bytes[++at] ?? 0;
      if (at === exponent) return false;
    }
    if (at - start > NUMBER_MAX) this.oddities |= NUMBER;
    this.at = at;
    return true;
  }

  private word(second: number, third: number, fourth: number, length: number): boolean {
    return this.wordAt(0, second, third, fourth, length);
  }

  private wordAt(skip: number, second: number, third: number, fourth: number, length: number): boolean {
    const { bytes } = this;
    const at = this.at + skip;
    if (bytes[at + 1] !== second || bytes[at + 2] !== third || bytes[at + 3] !== fourth) return false;
    this.at += length;
    return true;
  }

  /** How many bytes an escape has after its backslash; 0 when it is none, or half of a surrogate pair. */
  private escape(at: number): number {
    const { bytes } = this;
    switch (bytes[at]) {
      case 0x22:
      case 0x5c:
      case 0x62:
      case 0x66:
      case 0x6e:
      case 0x72:
      case 0x74:
        return 1;
      case 0x2f:
        this.oddities |= ESCAPE;
        return 1;
      case 0x75:
        this.oddities |= ESCAPE;
        for (let i = at + 1; i <= at + 4; i += 1) if (!isHex(bytes[i] ?? 0)) return 0;
        return isSurrogate(bytes[at + 1], bytes[at + 2]) ? 0 : 5;
      default:
        return 0;
    }
  }
}

function isHex(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x66) || (byte >= 0x41 && byte <= 0x46);
}

/** `\ud8…` to `\udf…`. A whole pair is fine, but rare enough for the exact reader. */
function isSurrogate(first: number | undefined, second: number | undefined): boolean {
  return (first === 0x64 || first === 0x44) && second !== undefined && second > 0x37;
}
