import { hasControlCharacter } from './controls.js';
import { JsonPathError } from './errors.js';

/** One step from a value to what is inside it: a key of an object, or every element of an array. */
export type JsonPathStep = { kind: 'key'; key: string } | { kind: 'each' };

/** Where a column's value stands in a row; no steps means the whole row (`$`). */
export interface JsonPath {
  steps: JsonPathStep[];
}

const EACH = '[:]';
const KEY = /[^.[\]]+/y;

/**
 * Reads a JSONPath: `$`, `$.a.b`, `$.list[:]`, `$.records[:].data`. A key may hold anything but dots, square brackets and
 * control characters, so dashes, `#` and spaces are fine. (JP-01…JP-06)
 *
 * @throws JsonPathError when it does not begin with `$`, has an empty key, an index or slice, or `[:]` twice
 */
export function parseJsonPath(text: string): JsonPath {
  if (!text.startsWith('$'))
    throw new JsonPathError(`A JSONPath begins with '$', as in $.${text || 'key'}.`, 0);
  if (hasControlCharacter(text)) throw new JsonPathError('A JSONPath may not hold control characters.', 0);
  const steps: JsonPathStep[] = [];
  let each = false;
  for (let at = 1; at < text.length; ) {
    const step = readStep(text, at);
    if (step.kind === 'each' && each) {
      throw new JsonPathError(`Only one ${EACH} is allowed: arrays inside arrays can't be mapped.`, at);
    }
    each ||= step.kind === 'each';
    steps.push(step);
    at += formatStep(step).length;
  }
  return { steps };
}

/** The text of a JSONPath; what `parseJsonPath` reads back to the same steps. */
export function formatJsonPath(path: JsonPath): string {
  return `$${path.steps.map(formatStep).join('')}`;
}

function formatStep(step: JsonPathStep): string {
  return step.kind === 'each' ? EACH : `.${step.key}`;
}

function readStep(text: string, at: number): JsonPathStep {
  if (text.startsWith(EACH, at)) return { kind: 'each' };
  if (text[at] === '[')
    throw new JsonPathError(`Only ${EACH} is allowed in brackets, for every element.`, at);
  if (text[at] !== '.') throw new JsonPathError(`Expected '.key' or ${EACH} after ${text.slice(0, at)}.`, at);
  KEY.lastIndex = at + 1;
  const key = KEY.exec(text)?.[0];
  if (key === undefined) throw new JsonPathError("A key is missing after the '.'.", at + 1);
  return { kind: 'key', key };
}
