import { valueFailure } from '../errors.js';
import type { Frame } from '../frame.js';
import { parseJson } from '../request.js';
import { checkList, isDict, isList, isTrue, type List, shown, splitText, type Value } from '../value.js';
import { argument, type BoundCall, type TemplateFunction } from './signature.js';
import { SCALAR_TYPES, scalarTypeName, type TypeConversion } from './typeNames.js';

/** What every typed function takes after its type and default. */
const DOCUMENTATION = ['description', 'required', 'enum', 'example', 'format', 'defined'];

/** Where the arguments stand that evaluation needs. */
interface Places {
  default: number;
  required: number;
  format: number;
  defined: number;
}

function places(args: readonly string[]): Places {
  return {
    default: args.indexOf('default'),
    required: args.indexOf('required'),
    format: args.indexOf('format'),
    defined: args.indexOf('defined'),
  };
}

const SCALAR_ARGS = ['x', 'default', ...DOCUMENTATION];
const ARRAY_ARGS = ['x', 'type', 'default', ...DOCUMENTATION];
const SCALAR_PLACES = places(SCALAR_ARGS);
const ARRAY_PLACES = places(ARRAY_ARGS);
const EXPECTED: ReadonlyMap<string, string> = new Map([
  ['Date', 'Write it as YYYY-MM-DD.'],
  ['DateTime', 'Write it as YYYY-MM-DD hh:mm:ss.'],
  ['DateTime64', 'Write it as YYYY-MM-DD hh:mm:ss.sss.'],
  ['Boolean', 'Write true or false.'],
  ['JSON', 'Write well-formed JSON.'],
]);

/** The functions that take a parameter, check and convert it, with its documentation. (TPF-26 to TPF-42) */
export const TYPED_FUNCTIONS: ReadonlyMap<string, TemplateFunction> = new Map([
  ...[...SCALAR_TYPES].map(([name, convert]): [string, TemplateFunction] => [
    name,
    scalarFunction(name, convert),
  ]),
  ['JSON', scalarFunction('JSON', toJsonValue)],
  ['Array', { args: ARRAY_ARGS, min: 1, typed: true, call: castArray }],
]);

function scalarFunction(type: string, convert: TypeConversion): TemplateFunction {
  const call = (frame: Frame, bound: BoundCall): Value => {
    const value = resolve(frame, bound, SCALAR_PLACES, type !== 'String');
    if (value === null) return null;
    const converted = convert(value, formatOf(frame, bound, SCALAR_PLACES));
    if (converted === undefined) throw unfit(bound, type, value);
    return converted;
  };
  return { args: SCALAR_ARGS, min: 1, typed: true, call };
}

/**
 * The given value or else the default. None only when the call says `defined=False` and there is neither.
 *
 * Public test suites expect that `required=True` refuses a missing parameter even when there is a default.
 */
function resolve(
  frame: Frame,
  call: BoundCall,
  at: Places,
  emptyIsMissing: boolean,
  fallback?: Value,
): Value {
  const value = argument(frame, call, 0);
  if (value !== null && !(emptyIsMissing && value === '')) return value;
  if (value === null && isTrue(argument(frame, call, at.required))) throw frame.missing(call.subject);
  const other = call.args[at.default] === undefined ? (fallback ?? null) : argument(frame, call, at.default);
  if (other !== null || value !== null) return other ?? value;
  if (call.args[at.defined] !== undefined && !isTrue(argument(frame, call, at.defined))) return null;
  throw frame.missing(call.subject);
}

function formatOf(frame: Frame, call: BoundCall, at: Places): string | undefined {
  const format = argument(frame, call, at.format);
  return typeof format === 'string' ? format : undefined;
}

/** `[…]` of one type from a comma-separated text, a list or a single value. (TPF-26, TPF-27, TPF-28, TPF-29) */
function castArray(frame: Frame, call: BoundCall): Value {
  const { type, fallback } = elementType(frame, call);
  const value = resolve(frame, call, ARRAY_PLACES, false, fallback);
  if (value === null) return null;
  const convert = SCALAR_TYPES.get(type);
  const format = formatOf(frame, call, ARRAY_PLACES);
  return checkList(elements(value, type)).map((item) => {
    const converted = convert?.(item ?? '', format);
    if (converted === undefined) throw unfit(call, `Array(${type})`, item);
    return converted;
  });
}

/** The second argument is a type when it names one, as a text or a function; anything else is a default of text. */
function elementType(frame: Frame, call: BoundCall): { type: string; fallback?: Value } {
  const named = call.secondName === undefined ? undefined : scalarTypeName(call.secondName);
  if (named !== undefined) return { type: named };
  const second = argument(frame, call, 1);
  const type = typeof second === 'string' ? scalarTypeName(second) : undefined;
  return type === undefined ? { type: 'String', fallback: second } : { type };
}

/** An empty text is one empty element for texts, as published templates expect, and none for other types. */
function elements(value: Value, type: string): List {
  if (isList(value)) return value;
  if (isDict(value)) return [...value.keys()];
  if (typeof value !== 'string') return [value];
  return value === '' && type !== 'String' ? [] : splitText(value, ',');
}

function toJsonValue(value: Value): Value | undefined {
  return typeof value === 'string' ? parseJson(value) : value;
}

function unfit(call: BoundCall, type: string, value: Value): Error {
  const what = call.subject === undefined ? 'The value' : `The parameter ${call.subject}`;
  const element = /^Array\((.+)\)$/.exec(type)?.[1] ?? type;
  const hint = EXPECTED.get(element);
  return valueFailure(
    `${what} must be of type ${type}, not ${shown(value)}.${hint === undefined ? '' : ` ${hint}`}`,
  );
}
