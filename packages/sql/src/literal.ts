const BACKSLASH = 0x5c;
const LATIN_SMALL_X = 0x78;
const LATIN_CAPITAL_N = 0x4e;

/** Escapes of one letter that stand for another byte. Every other letter stands for itself. */
const ESCAPES: ReadonlyMap<number, number> = new Map(
  [
    ['a', 0x07],
    ['b', 0x08],
    ['e', 0x1b],
    ['f', 0x0c],
    ['n', 0x0a],
    ['r', 0x0d],
    ['t', 0x09],
    ['v', 0x0b],
    ['0', 0x00],
  ].map(([letter, byte]) => [String(letter).charCodeAt(0), Number(byte)]),
);

/** The engine drops the backslash before these, and before control bytes; before anything else it stays. */
const BARE_AFTER_BACKSLASH: ReadonlySet<number> = new Set(
  [...'\\\'"`/='].map((character) => character.charCodeAt(0)),
);

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * Decodes a quoted string or identifier as the engine does.
 *
 * @param text the token with its quotes, all three the same: `'…'`, `"…"` or `` `…` ``
 * @returns the value; bytes that are no UTF-8 (from `\xff`) come back as U+FFFD. `undefined` when an escape runs
 *   over the closing quote (`'\x'''`), which the engine refuses too.
 */
export function decodeQuoted(text: string): string | undefined {
  const quote = text.slice(0, 1);
  const inner = text.slice(1, -1);
  if (!inner.includes('\\')) return wellFormed(inner.replaceAll(quote + quote, quote));
  return decodeBytes(encoder.encode(inner), quote.charCodeAt(0));
}

/**
 * Decodes `x'4142'` and `b'01000001'`. Digits fill bytes from the right: the first byte may be short.
 *
 * @param text the token with prefix and quotes, holding digits only
 */
export function decodeCoded(text: string): string {
  const hex = text[0] === 'x' || text[0] === 'X';
  const size = hex ? 2 : 8;
  const digits = text.slice(2, -1);
  const padded = digits.padStart(Math.ceil(digits.length / size) * size, '0');
  const bytes = new Uint8Array(padded.length / size);
  for (const at of bytes.keys()) {
    bytes[at] = Number.parseInt(padded.slice(at * size, (at + 1) * size), hex ? 16 : 2);
  }
  return decoder.decode(bytes);
}

/** The text as the engine receives it: half a surrogate pair can't be sent and becomes U+FFFD. */
export function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\ufffd');
}

function decodeBytes(bytes: Uint8Array, quote: number): string | undefined {
  const out: number[] = [];
  let at = 0;
  while (at < bytes.length) {
    const byte = bytes[at] ?? 0;
    if (byte === BACKSLASH) at = decodeEscape(bytes, at, out);
    else {
      out.push(byte);
      at += byte === quote ? 2 : 1;
    }
  }
  return at === bytes.length ? decoder.decode(Uint8Array.from(out)) : undefined;
}

/** Decodes the escape at `at` into `out` and returns where it ends, which may be past the end of `bytes`. */
function decodeEscape(bytes: Uint8Array, at: number, out: number[]): number {
  const letter = bytes[at + 1] ?? 0;
  if (letter === LATIN_CAPITAL_N) return at + 2;
  if (letter === LATIN_SMALL_X) {
    out.push((hexDigit(bytes[at + 2]) * 16 + hexDigit(bytes[at + 3])) & 0xff);
    return at + 4;
  }
  const decoded = ESCAPES.get(letter) ?? letter;
  if (decoded >= 0x20 && !BARE_AFTER_BACKSLASH.has(decoded)) out.push(BACKSLASH);
  out.push(decoded);
  return at + 2;
}

/** A byte that is no hex digit counts 255 in the engine. */
function hexDigit(byte: number | undefined): number {
  const value = Number.parseInt(String.fromCharCode(byte ?? 0), 16);
  return Number.isNaN(value) ? 0xff : value;
}
