import { valueFailure } from '../errors.js';
import type { Frame } from '../frame.js';
import { isList, splitText, toList, toText, type Value } from '../value.js';
import { argument, type BoundCall, type TemplateFunction } from './signature.js';

/** Functions that take lists apart. (TPF-08 to TPF-12) */
export const ARRAY_FUNCTIONS: ReadonlyMap<string, TemplateFunction> = new Map<string, TemplateFunction>([
  ['split_to_array', { args: ['arr', 'default', 'separator'], min: 1, call: splitToArray }],
  ['enumerate_with_last', { args: ['x'], min: 1, call: enumerateWithLast }],
]);

/** A list of texts; empty when there is neither value nor default. */
function splitToArray(frame: Frame, call: BoundCall): Value {
  const separator = argument(frame, call, 2) ?? ',';
  if (typeof separator !== 'string' || separator === '') {
    throw valueFailure('The separator of split_to_array() must be a text that is not empty.');
  }
  const given = argument(frame, call, 0);
  const value = given === null || given === '' ? argument(frame, call, 1) : given;
  if (value === null || value === '') return [];
  if (isList(value)) return value.map(toText);
  return splitText(toText(value), separator);
}

/** Pairs of «is it the last one» and the element. */
function enumerateWithLast(frame: Frame, call: BoundCall): Value {
  const list = toList(argument(frame, call, 0));
  return list.map((item, index) => [index === list.length - 1, item]);
}
