import type { Refuse } from './bindCall.js';
import { compileStatements, type Run } from './compileStatement.js';
import { limitFailure, TemplateError, TemplateFailure } from './errors.js';
import { syntaxError } from './expressionLexer.js';
import { Frame, type RenderContext } from './frame.js';
import { TEMPLATE_MAX } from './limits.js';
import { findParameters, type TemplateParameter } from './parameters.js';
import { positionAt } from './position.js';
import type { Statement } from './syntax.js';
import { parseTemplate } from './templateParser.js';

/** A byte-order mark and spaces may stand before the sign. */
const TEMPLATE_SIGN = /^[\s\ufeff]*%/;

/** What a rendering gives. */
export interface Rendered {
  /** The SQL, without space around it. */
  sql: string;
  /**
   * The SQL with a stand-in for each value. Renderings of equal shape have the same tokens but for the values of their literals, so
   * what was found out about one from its tokens holds for all.
   */
  shape: string;
  /** Engine settings that functions asked for: `{ max_threads: 4 }`. */
  settings: Record<string, string | number>;
  /** Seconds for which `cache_ttl()` lets the result be kept. */
  cacheTtl?: number;
  /** Features that `activate()` named, in order. */
  activated: string[];
  /** What `backend_hint()` said. */
  backendHint?: string;
  /** Names of the request's parameters that were looked at, in order. */
  usedParameters: string[];
}

/** A compiled template. It has no state: any number of renderings may run. */
export interface Template {
  readonly parameters: readonly TemplateParameter[];
  /** @throws TemplateError and nothing else */
  render(context: RenderContext): Rendered;
}

/** True when SQL is a template: its first character other than space is `%`. (TPL-01) */
export function isTemplate(sql: string): boolean {
  return TEMPLATE_SIGN.test(sql);
}

/**
 * Compiles a template once, for many renderings. SQL without the `%` sign is taken as it is: braces mean nothing in it. (TPL-02)
 *
 * @throws TemplateError when it can't be read, calls a function that there is not or is too long
 */
export function compileTemplate(text: string): Template {
  if (text.length > TEMPLATE_MAX) {
    const reason = `The template has ${text.length} characters; at most ${TEMPLATE_MAX} are allowed.`;
    throw new TemplateError(limitFailure(reason).failure, { line: 1, column: 1 });
  }
  const refuse: Refuse = (at, reason) => syntaxError(text, at, reason);
  const statements = readStatements(text);
  const parameters = findParameters(text, statements, refuse);
  const typed = parameters.filter((parameter) => parameter.typed).map(({ name }) => name);
  const run = compileStatements(statements, refuse);
  return { parameters, render: (context) => render(text, run, new Frame(context, typed)) };
}

function readStatements(text: string): Statement[] {
  const sign = TEMPLATE_SIGN.exec(text)?.[0];
  if (sign === undefined) return [{ type: 'text', at: 0, text }];
  if (/^\s*%/.test(text.slice(sign.length))) {
    throw syntaxError(
      text,
      sign.length,
      'A second % follows the one that makes this a template. Take it away.',
    );
  }
  return parseTemplate(text, sign.length);
}

function render(text: string, run: Run, frame: Frame): Rendered {
  try {
    run(frame);
  } catch (error) {
    throw located(error, text, frame);
  }
  const { text: sql, shape } = frame.writer;
  return { sql: sql.trim(), shape: shape.trim(), ...frame.requests, usedParameters: [...frame.used] };
}

/** RangeError is what the runtime throws for a text beyond its own limit. Anything else would be a bug and stays itself. */
function located(error: unknown, text: string, frame: Frame): unknown {
  const position = positionAt(text, frame.at);
  if (error instanceof TemplateFailure)
    return new TemplateError(frame.withoutSecrets(error.failure), position);
  if (!(error instanceof RangeError)) return error;
  return new TemplateError(limitFailure('The template makes too much text.').failure, position);
}
