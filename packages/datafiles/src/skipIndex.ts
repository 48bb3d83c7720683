import { checkExpression, isSignificant, lex, SqlTextError, type Token } from '@goldcrest/sql';
import { locate, type TextBlock } from './block.js';
import { withoutComment } from './lineValue.js';
import type { Problems } from './problem.js';

/** A data skipping index. (DFD-16, EN-18) */
export interface SkipIndex {
  name: string;
  expression: string;
  /** `minmax`, `bloom_filter(0.01)`, … */
  type: string;
  granularity: number;
}

/** What the engine assumes without GRANULARITY. */
const GRANULARITY_DEFAULT = 1;
const EXAMPLE = 'Write INDEX name expression TYPE minmax GRANULARITY 1.';

/** Reads the block of INDEXES, one index per line, the word INDEX and a comma at the end optional. (DFD-16, wild §3) */
export function readIndexes(block: TextBlock, problems: Problems): SkipIndex[] {
  let offset = 0;
  return block.text.split('\n').flatMap((line) => {
    const lineOffset = offset;
    offset += line.length + 1;
    const text = withoutComment(line.trim()).replace(/,$/, '').trimEnd();
    if (text === '') return [];
    try {
      return [readIndex(text)];
    } catch (error) {
      if (!(error instanceof SqlTextError)) throw error;
      const indent = line.length - line.trimStart().length;
      const position = locate(block, lineOffset + indent + error.position);
      problems.add(position, `INDEXES: ${error.reason}`, EXAMPLE);
      return [];
    }
  });
}

/** The block of INDEXES. */
export function formatIndexes(indexes: readonly SkipIndex[]): string {
  return indexes
    .map(({ name, expression, type, granularity }) => {
      return `INDEX ${name} ${expression} TYPE ${type} GRANULARITY ${granularity}`;
    })
    .join('\n');
}

function readIndex(text: string): SkipIndex {
  const tokens = lex(text).filter(isSignificant);
  const first = isWord(tokens[0], 'index') && findWord(tokens, 'type', 3) >= 0 ? 1 : 0;
  const type = findWord(tokens, 'type', first + 2);
  const [name, typeWord] = [tokens[first], tokens[type]];
  if (name?.kind !== 'word') throw new SqlTextError('The name of the index is missing.', 0);
  if (typeWord === undefined) throw new SqlTextError('TYPE is missing.', text.length);
  const last = findWord(tokens, 'granularity', type + 1);
  const typeEnd = last < 0 ? text.length : (tokens[last]?.start ?? text.length);
  return {
    name: name.text,
    expression: part(text, name.end, typeWord.start),
    type: part(text, typeWord.end, typeEnd),
    granularity: last < 0 ? GRANULARITY_DEFAULT : readGranularity(tokens.slice(last + 1), typeEnd),
  };
}

/** Index of a word outside brackets, where it is no column's name; -1 when there is none. */
function findWord(tokens: readonly Token[], word: string, from: number): number {
  let depth = 0;
  return tokens.findIndex((token, at) => {
    if (token.kind === 'punctuation' && '([{'.includes(token.text)) depth += 1;
    if (token.kind === 'punctuation' && ')]}'.includes(token.text)) depth -= 1;
    return at >= from && depth <= 0 && isWord(token, word);
  });
}

function part(text: string, start: number, end: number): string {
  try {
    return checkExpression(text.slice(start, end));
  } catch (error) {
    if (!(error instanceof SqlTextError)) throw error;
    throw new SqlTextError(error.reason, start + error.position);
  }
}

function readGranularity(tokens: readonly Token[], position: number): number {
  const [token] = tokens;
  if (tokens.length === 1 && token !== undefined && /^[1-9]\d{0,8}$/.test(token.text))
    return Number(token.text);
  throw new SqlTextError('GRANULARITY needs a whole number.', position);
}

function isWord(token: Token | undefined, word: string): boolean {
  return token?.kind === 'word' && token.text.toLowerCase() === word;
}
