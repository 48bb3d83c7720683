/** Up to how many bytes are copied one by one, which is faster than a call for so few. */
const SHORT_MAX = 40;

/** Bytes that are reserved beforehand at the most. */
const EXPECTED_MAX = 512 * 1024 * 1024;

/** Stands for what nothing was added to: an empty buffer costs as much to make as another one. */
const NOTHING = Buffer.alloc(0);

/** Bytes that grow at their end: lines of JSON, of one request. */
export class RowBuffer {
  /** Where the next byte goes; to take back what was added, set it to what it was before. */
  length = 0;
  private bytes: Buffer;

  /** @param capacity bytes that are likely to be needed */
  constructor(capacity: number) {
    this.bytes = capacity === 0 ? NOTHING : Buffer.allocUnsafe(capacity);
  }

  /** What is in it; it must not be added to any more. */
  content(): Buffer {
    return this.length === 0 ? NOTHING : this.bytes.subarray(0, this.length);
  }

  /**
   * Makes room for so many bytes in all, so that what is in it need not be copied each time it grows. The system gives memory only to
   * what is written to.
   */
  expect(capacity: number): void {
    if (capacity > this.bytes.length) this.grow(Math.min(capacity, EXPECTED_MAX));
  }

  /** Adds bytes as they are. */
  add(source: Uint8Array, start: number, end: number): void {
    const length = end - start;
    this.reserve(length);
    const { bytes } = this;
    if (length > SHORT_MAX) bytes.set(source.subarray(start, end), this.length);
    else {
      let to = this.length;
      for (let from = start; from < end; from += 1) bytes[to++] = source[from] ?? 0;
    }
    this.length += length;
  }

  /** Adds text. */
  addText(text: string): void {
    // A character of JavaScript has at most three bytes in UTF-8.
    this.reserve(text.length * 3);
    this.length += this.bytes.write(text, this.length, 'utf8');
  }

  /** Adds one byte. */
  addByte(byte: number): void {
    this.reserve(1);
    this.bytes[this.length++] = byte;
  }

  /** Puts another byte where one was added before. */
  replaceByte(at: number, byte: number): void {
    this.bytes[at] = byte;
  }

  /** Adds a JSON value without the whitespace between its tokens. */
  addCompact(source: Uint8Array, start: number, end: number): void {
    this.reserve(end - start);
    const { bytes } = this;
    let to = this.length;
    let inText = false;
    for (let from = start; from < end; from += 1) {
      const byte = source[from] ?? 0;
      if (!inText && byte <= 0x20) continue;
      bytes[to++] = byte;
      if (byte === 0x22) inText = !inText;
      else if (byte === 0x5c) bytes[to++] = source[++from] ?? 0;
    }
    this.length = to;
  }

  /** Adds JSON text as the text of a JSON string. It has no control characters but tabs and carriage returns, between its tokens. */
  addQuoted(source: Uint8Array, start: number, end: number): void {
    this.reserve(2 * (end - start) + 2);
    const { bytes } = this;
    let to = this.length;
    bytes[to++] = 0x22;
    for (let from = start; from < end; from += 1) {
      const byte = source[from] ?? 0;
      if (byte === 0x22 || byte === 0x5c || byte < 0x20) bytes[to++] = 0x5c;
      bytes[to++] = byte === 0x09 ? 0x74 : byte === 0x0d ? 0x72 : byte;
    }
    bytes[to++] = 0x22;
    this.length = to;
  }

  private reserve(more: number): void {
    if (this.length + more > this.bytes.length)
      this.grow(Math.max(2 * this.bytes.length, this.length + more));
  }

  private grow(capacity: number): void {
    if (capacity <= this.bytes.length) return;
    const larger = Buffer.allocUnsafe(capacity);
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
  }
}
