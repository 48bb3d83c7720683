import type { Position, Problems } from './problem.js';

const BRACED = /\$\{(\w+)\}/g;
const VARIABLE = /\$\{(\w+)\}|\$(\w+)/g;

/**
 * Replaces `$VAR` and `${VAR}` by the variables of an INCLUDE line; other dollars stay. (DF-11)
 *
 * @param lengthMax in characters; a longer result is not made
 * @returns undefined when the result would be too long
 */
export function replaceVariables(
  text: string,
  variables: ReadonlyMap<string, string>,
  lengthMax: number,
): string | undefined {
  if (variables.size === 0 || !text.includes('$')) return text.length > lengthMax ? undefined : text;
  let length = text.length;
  const replaced = text.replace(VARIABLE, (whole, braced?: string, plain?: string) => {
    const value = variables.get(braced ?? plain ?? '');
    if (value === undefined) return whole;
    length += value.length - whole.length;
    return length > lengthMax ? '' : value;
  });
  return length > lengthMax ? undefined : replaced;
}

/** Longest value of an environment variable that is put into a file, in characters: a certificate, not a data file. */
const ENVIRONMENT_LENGTH_MAX = 100_000;

/** Replaces `${ENV}` by what `expand` says; one that is not set is a problem and stays as it is. (DF-12, DFI-05) */
export function replaceEnvironment(
  text: string,
  expand: ((name: string) => string | undefined) | undefined,
  report: { problems: Problems; position: Position },
): string {
  if (expand === undefined || !text.includes('${')) return text;
  let room = ENVIRONMENT_LENGTH_MAX;
  return text.replace(BRACED, (whole, name: string) => {
    const value = expand(name);
    room -= value?.length ?? 0;
    if (value !== undefined && room >= 0) return value;
    const what = value === undefined ? 'is not set' : 'is too long';
    report.problems.add(report.position, `The environment variable ${name} ${what}.`);
    return whole;
  });
}
