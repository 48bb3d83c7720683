import { parseExpression, parseName } from './expressionParser.js';
import type { Expression, Keyword } from './syntax.js';
import type { TokenReader } from './tokenReader.js';

/** Reads `(a, b, name=c,)`. Named arguments come last, each once. (TPF-39) */
export function callArguments(reader: TokenReader): { positional: Expression[]; keywords: Keyword[] } {
  reader.take();
  const positional: Expression[] = [];
  const keywords: Keyword[] = [];
  while (!reader.is(')')) {
    if (reader.is('=', 1)) keywords.push(readKeyword(reader, keywords));
    else if (keywords.length > 0) throw reader.unexpected('a named argument');
    else positional.push(parseExpression(reader));
    if (!reader.takeIf(',')) break;
  }
  reader.expect(')', 'the arguments');
  return { positional, keywords };
}

function readKeyword(reader: TokenReader, before: readonly Keyword[]): Keyword {
  const { at } = reader.peek();
  const name = parseName(reader);
  if (before.some((keyword) => keyword.name === name)) {
    throw reader.error(`The argument ${name} is given twice.`, at);
  }
  reader.take();
  return { name, value: parseExpression(reader), at };
}
