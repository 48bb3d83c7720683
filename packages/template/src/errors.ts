import type { Position } from './position.js';

/**
 * Why a template failed: `syntax` (can't be read), `missing` (a parameter without value), `value` (a parameter of the wrong
 * type or an operation on the wrong values), `limit` (too long, too deep, too much work), `custom` (`error()`, `custom_error()`).
 */
export type TemplateErrorKind = 'syntax' | 'missing' | 'value' | 'limit' | 'custom';

/** What is common to every failure of a template, before it is known where. */
export interface Failure {
  kind: TemplateErrorKind;
  /** Says what is wrong and what to do, without position and prefix. */
  reason: string;
  /** The HTTP status to answer; 400 unless `custom_error` says otherwise. */
  status?: number;
  /** The body to answer, of `custom_error`. */
  payload?: Record<string, unknown>;
}

/** Thrown where a template's evaluation fails; `render` turns it into a TemplateError with a position. */
export class TemplateFailure extends Error {
  override name = 'TemplateFailure';

  constructor(readonly failure: Failure) {
    super(failure.reason);
  }
}

/** Wrong value or wrong operation. */
export function valueFailure(reason: string): TemplateFailure {
  return new TemplateFailure({ kind: 'value', reason });
}

/** A limit of limits.ts is passed. */
export function limitFailure(reason: string): TemplateFailure {
  return new TemplateFailure({ kind: 'limit', reason });
}

/**
 * The only error that compiling and rendering throw. (TPL-27, TPF-41, TPF-42, TPF-43, TPF-44)
 *
 * `message` is ready for a reply: the bare text for `custom`, else it begins with `Template Syntax Error: `; a position is added
 * except where public test suites compare the text (`missing`). `line` and `column` count from 1.
 */
export class TemplateError extends Error {
  override name = 'TemplateError';
  readonly kind: TemplateErrorKind;
  readonly status: number;
  readonly line: number;
  readonly column: number;
  readonly payload?: Record<string, unknown>;

  constructor(failure: Failure, position: Position) {
    super(messageOf(failure, position));
    this.kind = failure.kind;
    this.status = failure.status ?? 400;
    this.line = position.line;
    this.column = position.column;
    if (failure.payload !== undefined) this.payload = failure.payload;
  }
}

function messageOf({ kind, reason }: Failure, { line, column }: Position): string {
  if (kind === 'custom') return reason;
  if (kind === 'missing') return `Template Syntax Error: ${reason}`;
  return `Template Syntax Error: ${reason} (line ${line}, column ${column})`;
}
