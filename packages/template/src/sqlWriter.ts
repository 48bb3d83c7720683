import { quoteString } from '@goldcrest/sql';
import { limitFailure, valueFailure } from './errors.js';
import { ContextReader } from './lexicalContext.js';
import { TEXT_MAX } from './limits.js';
import { literal, shapeOf } from './literal.js';
import { isDict, isList, SqlText, toText, type Value } from './value.js';

const WORD_CHARACTER = /\w/;
const DIGITS = /^\d+$/;
/** A value that ends in a digit or a letter: a bare number. */
const NUMBER_END = /\w$/;
const NOTHING_HELD = { sql: '', shape: '' };

/**
 * Collects the SQL. Text of the template is taken as it is; a value becomes a token of its own that can't join with what stands
 * before it, whatever the value is. (TPL-20)
 */
export class SqlWriter {
  private sql = '';
  private model = '';
  /** A number that was added last, of which it is not yet known what follows. */
  private held = NOTHING_HELD;
  /** The last character; asking the growing text for it would copy the text each time. */
  private last = '';
  private readonly reader = new ContextReader();

  get text(): string {
    return this.sql;
  }

  /** The text with a stand-in for each value: the same for all renderings whose tokens differ in nothing but the values of literals. */
  get shape(): string {
    return this.model + this.held.shape;
  }

  /** Adds the template's own text; `selfContained` says that it ends in code when it begins there. */
  addText(text: string, selfContained: boolean): void {
    this.add(text);
    if (selfContained && this.reader.context === 'code') return;
    this.reader.read(text);
  }

  /**
   * Adds a value: a literal in code, its text inside single quotes, nothing in a comment.
   *
   * @throws TemplateFailure where no value can stand
   */
  addValue(value: Value): void {
    const { context } = this.reader;
    if (context === 'lineComment' || context === 'blockComment') return;
    const { close, coded } = this.reader;
    if (context === 'quoted' && close === "'" && !coded) this.addQuoted(value);
    else if (context === 'quoted' || context === 'escape') throw valueFailure(misplaced(close, coded));
    else this.addLiteral(literal(value), shapeOf(value));
  }

  private addQuoted(value: Value): void {
    if (value instanceof SqlText || isList(value) || isDict(value)) {
      throw valueFailure('Only a text or a number can stand inside quotes. Take the quotes away.');
    }
    this.add(quoteString(toText(value)).slice(1, -1), '');
  }

  /** A space keeps the value apart from a word, a quote or a minus before it; digits may complete a name (`top_5`). */
  private addLiteral(sql: string, shape: string): void {
    const { last, reader } = this;
    if (last === '$' || reader.pending.startsWith('$'))
      throw valueFailure('A value can not follow a dollar sign.');
    const inWord = WORD_CHARACTER.test(last);
    if (inWord && /^[-\d]/.test(sql) && !DIGITS.test(sql)) {
      throw valueFailure(`${sql} can not complete a name. Only whole positive numbers can.`);
    }
    if (last === '-' || last === "'" || (inWord && !DIGITS.test(sql))) this.add(' ');
    // Digits that complete a name are part of it.
    this.add(sql, inWord ? sql : shape);
    reader.valueAdded();
  }

  private add(text: string, shape = text): void {
    if (text === '') return;
    this.sql += text;
    // What follows a number at once may make another token of it: then its digits decide.
    this.model += WORD_CHARACTER.test(text.charAt(0)) ? this.held.sql : this.held.shape;
    this.held = NUMBER_END.test(text) && text !== shape ? { sql: text, shape } : NOTHING_HELD;
    if (this.held === NOTHING_HELD) this.model += shape;
    this.last = text.slice(-1);
    if (this.sql.length > TEXT_MAX) {
      throw limitFailure(`The rendered SQL has more than ${TEXT_MAX} characters.`);
    }
  }
}

function misplaced(close: string, coded: boolean): string {
  if (coded) return "A value can not stand in x'…' or b'…'. Use unhex({{String(…)}}).";
  if (close.endsWith('$')) return 'A value can not stand in a heredoc. Use {{String(…)}} instead.';
  if (close === "'") return 'A value can not follow a backslash.';
  return `A value can not stand in ${close} quotes. For a name use {{symbol(…)}} without quotes.`;
}
