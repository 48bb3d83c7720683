import { TOKEN_SCOPES } from './choices.js';
import { splitWords } from './lineValue.js';
import type { Problems } from './problem.js';
import type { Statement } from './statement.js';

/** A TOKEN line: the token gets the scope on the resource of the file. (DF-17) */
export interface TokenGrant {
  name: string;
  scope: (typeof TOKEN_SCOPES)[number];
}

/** Reads the value of a TOKEN line; what is wrong with it is reported. A bare name may hold spaces. (DF-17) */
export function readTokenGrant({ value }: Statement, problems: Problems): TokenGrant | undefined {
  const words = splitWords(value.text);
  const hint = `Write TOKEN "name" and one of ${TOKEN_SCOPES.join(', ')}.`;
  const last = words.at(-1);
  const scope = TOKEN_SCOPES.find((each) => each === last?.text.toUpperCase());
  const name = words
    .slice(0, -1)
    .map(({ text }) => text)
    .join(' ')
    .trim();
  if (words.some(({ closed }) => !closed))
    problems.add(value.position, 'A quote of TOKEN is not closed.', hint);
  else if (words.length < 2 || name === '')
    problems.add(value.position, 'TOKEN needs a name and a scope.', hint);
  else if (scope === undefined) {
    const position = { ...value.position, column: value.position.column + (last?.offset ?? 0) };
    problems.add(position, `${JSON.stringify(last?.text)} is no scope of a token.`, hint);
  } else return { name, scope };
  return undefined;
}

/** The value of a TOKEN line, as `readTokenGrant` reads it. */
export function formatTokenGrant({ name, scope }: TokenGrant): string {
  const quote = name.includes('"') ? "'" : '"';
  return name.includes(quote) ? `${name} ${scope}` : `${quote}${name}${quote} ${scope}`;
}
