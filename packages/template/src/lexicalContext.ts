/**
 * Where in the SQL a position is: among tokens (`code`), in a comment, in quotes or a heredoc, or right after a backslash in
 * quotes (`escape`). `undecided` is code whose last characters begin a comment or a heredoc if the right ones follow.
 */
export type LexicalContext = 'code' | 'undecided' | 'lineComment' | 'blockComment' | 'quoted' | 'escape';

/** What may leave plain code: quotes, comment marks, heredoc tags, and at the end of the text the beginning of one of these. */
const OPENING = /(?<!\w)[xXbB]'|['"`\u2018\u201c]|--|\/\/|\/\*|#[ !]|\$\w*\$|(?:[-/#]|\$\w*|(?<!\w)[xXbB])$/g;
const CLOSING_QUOTES: ReadonlyMap<string, string> = new Map([
  ["'", "'"],
  ['"', '"'],
  ['`', '`'],
  ['\u2018', '\u2019'],
  ['\u201c', '\u201d'],
]);
const COMMENT_MARK = /\/\*|\*\//g;
/** In these a backslash escapes. */
const STRAIGHT_QUOTES = '\'"`';

/** Longest beginning of a heredoc's tag that is kept, in UTF-16 units; a longer one is taken for a heredoc. */
const TAG_MAX = 200;

/**
 * Follows SQL text piece by piece and knows the context at its end. It knows quotes, comments and heredocs as the engine's
 * lexer does; where it differs it sees a heredoc too many, in which no value may stand. (TPL-20)
 */
export class ContextReader {
  context: LexicalContext = 'code';
  /** What ends the quoted text that is open. */
  close = '';
  /** True in `x'…'` and `b'…'`, which hold digits and no text. */
  coded = false;
  /** Text at the end whose meaning depends on what follows. */
  pending = '';
  /** Block comments nest. */
  private depth = 0;

  /** Reads the next piece. */
  read(piece: string): void {
    const text = this.pending + piece;
    let at: number | undefined = 0;
    while (at !== undefined && at < text.length) at = this.step(text, at);
    if (at !== undefined) this.pending = '';
  }

  /** Tells that a complete literal or identifier was added to code. */
  valueAdded(): void {
    this.pending = '';
    if (this.context === 'undecided') this.context = 'code';
  }

  /** Reads up to the next change of context. At the end of the text it keeps what is `pending` and returns `undefined`. */
  private step(text: string, at: number): number | undefined {
    if (this.context === 'lineComment') return this.leave(text, text.indexOf('\n', at), 1);
    if (this.context === 'blockComment') return this.readBlockComment(text, at);
    if (this.context === 'quoted' || this.context === 'escape') return this.readQuoted(text, at);
    return this.readCode(text, at);
  }

  private leave(text: string, end: number, length: number): number | undefined {
    if (end < 0) return this.pause(text, text.length);
    this.context = 'code';
    return end + length;
  }

  private pause(text: string, decided: number): undefined {
    this.pending = text.slice(decided);
  }

  private readCode(text: string, at: number): number | undefined {
    OPENING.lastIndex = at;
    const found = OPENING.exec(text);
    this.context = found === null ? 'code' : this.open(found[0]);
    if (found === null) return this.pause(text, text.length);
    return this.context === 'undecided' ? this.pause(text, found.index) : OPENING.lastIndex;
  }

  private open(mark: string): LexicalContext {
    if (mark === '/*') {
      this.depth = 1;
      return 'blockComment';
    }
    if (mark === '--' || mark === '//' || (mark.length === 2 && mark.startsWith('#'))) return 'lineComment';
    const heredoc = (mark.length > 1 && mark.endsWith('$')) || mark.length > TAG_MAX;
    this.coded = mark.length === 2 && mark.endsWith("'");
    const close = CLOSING_QUOTES.get(mark.slice(-1)) ?? (heredoc ? mark : undefined);
    if (close === undefined) return 'undecided';
    this.close = close;
    return 'quoted';
  }

  private readBlockComment(text: string, at: number): number | undefined {
    COMMENT_MARK.lastIndex = at;
    const mark = COMMENT_MARK.exec(text);
    // The last character may be the first half of a mark.
    if (mark === null) return this.pause(text, Math.max(at, text.length - 1));
    this.depth += mark[0] === '/*' ? 1 : -1;
    if (this.depth === 0) this.context = 'code';
    return COMMENT_MARK.lastIndex;
  }

  private readQuoted(text: string, at: number): number | undefined {
    this.context = 'quoted';
    if (!STRAIGHT_QUOTES.includes(this.close)) return this.readUnescaped(text, at);
    for (let end = at; end < text.length; end += 1) {
      if (text[end] === this.close) return this.leave(text, end, 1);
      if (text[end] !== '\\') continue;
      if (end + 1 === text.length) {
        this.context = 'escape';
        return this.pause(text, end);
      }
      end += 1;
    }
    return this.pause(text, text.length);
  }

  /** A heredoc's closing tag may be cut in two by the end of the text. */
  private readUnescaped(text: string, at: number): number | undefined {
    const end = text.indexOf(this.close, at);
    if (end < 0) return this.pause(text, Math.max(at, text.length - this.close.length + 1));
    return this.leave(text, end, this.close.length);
  }
}

/** True when SQL that begins in code ends in code, so that it need not be read again for every rendering. */
export function endsInCode(sql: string): boolean {
  const reader = new ContextReader();
  reader.read(sql);
  return reader.context === 'code';
}
