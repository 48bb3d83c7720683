import { isSignificant, lex, type Token } from './lexer.js';
import { isPunctuation, isWord } from './operands.js';

/** Walks over the meaningful tokens of a text. Comments are kept, so that a reader that expects none meets them. */
export class TokenCursor {
  readonly tokens: readonly Token[];
  #at = 0;

  constructor(readonly text: string) {
    this.tokens = lex(text).filter((token) => isSignificant(token) || token.kind === 'comment');
  }

  /** The next token, or one further ahead, without taking it. */
  peek(ahead = 0): Token | undefined {
    return this.tokens[this.#at + ahead];
  }

  /** Takes the next token. */
  next(): Token | undefined {
    const token = this.peek();
    if (token !== undefined) this.#at += 1;
    return token;
  }

  /** Takes the next token if it is this punctuation. */
  takePunctuation(text: string): boolean {
    if (!isPunctuation(this.peek(), text)) return false;
    this.#at += 1;
    return true;
  }

  /** Takes the next token if it is this bare word, given in lower case. */
  takeWord(word: string): boolean {
    if (!isWord(this.peek(), word)) return false;
    this.#at += 1;
    return true;
  }

  /** How many tokens are taken. */
  get index(): number {
    return this.#at;
  }

  /** The offset of the next token in the text, or the text's end. */
  get position(): number {
    return this.peek()?.start ?? this.text.length;
  }

  /** The next token as a message shows it. */
  describe(): string {
    const token = this.peek();
    return token === undefined ? 'the end' : JSON.stringify(token.text.slice(0, 40));
  }
}
