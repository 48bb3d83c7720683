import type { TemplateError } from './errors.js';
import { type ExpressionToken, syntaxError } from './expressionLexer.js';
import { NESTING_MAX } from './limits.js';

/** Goes through the tokens of one tag. Every refusal is a TemplateError at the token in question. */
export class TokenReader {
  private next = 0;
  private depth = 0;

  /** `equalsSign` lets a single `=` compare, which published templates do in conditions. (TPF-N6) */
  constructor(
    private readonly template: string,
    private readonly tokens: readonly ExpressionToken[],
    readonly equalsSign: boolean,
  ) {}

  /** The token to come, or the one `ahead` of it; past the last one it is the end. */
  peek(ahead = 0): ExpressionToken {
    const token = this.tokens[Math.min(this.next + ahead, this.tokens.length - 1)];
    return token ?? { kind: 'end', text: '', at: 0, end: 0 };
  }

  take(): ExpressionToken {
    const token = this.peek();
    this.next += 1;
    return token;
  }

  /** True when the token to come is this operator or word. */
  is(text: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return (token.kind === 'operator' || token.kind === 'name') && token.text === text;
  }

  takeIf(text: string): boolean {
    const found = this.is(text);
    if (found) this.next += 1;
    return found;
  }

  expect(text: string, after: string): void {
    if (!this.takeIf(text)) throw this.unexpected(`${text} after ${after}`);
  }

  expectEnd(): void {
    if (this.peek().kind !== 'end') throw this.unexpected('the end of the tag');
  }

  /** Runs `read` one level deeper. */
  nested<T>(read: () => T): T {
    this.depth += 1;
    if (this.depth > NESTING_MAX) {
      throw this.error(`The expression is nested more than ${NESTING_MAX} levels deep.`);
    }
    const result = read();
    this.depth -= 1;
    return result;
  }

  unexpected(expected: string): TemplateError {
    const { kind, text } = this.peek();
    const found = kind === 'end' ? `the closing ${text}` : JSON.stringify(text.slice(0, NESTING_MAX));
    return this.error(`Expected ${expected}, found ${found}.`);
  }

  error(reason: string, at = this.peek().at): TemplateError {
    return syntaxError(this.template, at, reason);
  }
}
