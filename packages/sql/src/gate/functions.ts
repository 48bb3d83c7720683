import { AGGREGATE_FUNCTIONS, ORDINARY_FUNCTIONS } from './allowedFunctions.js';
import { nearestName } from './nearest.js';
import { REFUSED_FUNCTIONS, type RefusedGroup } from './refusedFunctions.js';

/** What the gate thinks of a function. `why` completes `The function f …` up to the full stop. */
export type FunctionVerdict =
  | { allowed: true; aggregate: boolean }
  | { allowed: false; known: boolean; why: string };

/** Suffixes that turn an aggregate function into another one; several may follow each other. */
const COMBINATORS = [
  'ArgMax',
  'ArgMin',
  'Array',
  'Distinct',
  'ForEach',
  'If',
  'Map',
  'Merge',
  'Null',
  'OrDefault',
  'OrNull',
  'Resample',
  'SimpleState',
  'State',
  'Tuple',
].map((name) => name.toLowerCase());

const ordinary = new Map(Object.values(ORDINARY_FUNCTIONS).flatMap(splitNames).map(byLowerCase));
const aggregates = new Map(splitNames(AGGREGATE_FUNCTIONS).map(byLowerCase));
const refused = refusedNames(REFUSED_FUNCTIONS);
const ALLOWED: FunctionVerdict = { allowed: true, aggregate: false };
const ALLOWED_AGGREGATE: FunctionVerdict = { allowed: true, aggregate: true };

/**
 * Functions that take the name of another function as their argument: `arrayMap(lower, names)` calls `lower`, which
 * the engine's tree shows as a plain identifier. Lower case, from the engine's own mark `higher_order`.
 */
export const HIGHER_ORDER_FUNCTIONS: ReadonlySet<string> = new Set(
  splitNames(`
    arrayAll arrayAvg arrayBottomK arrayCompact arrayCount arrayCumSum arrayCumSumNonNegative arrayDifference
    arrayExists arrayFill arrayFilter arrayFirst arrayFirstIndex arrayFirstOrNull arrayFold arrayLast
    arrayLastIndex arrayLastOrNull arrayMap arrayMax arrayMin arrayPartialReverseSort arrayPartialSort
    arrayProduct arrayReverseFill arrayReverseSort arrayReverseSplit arraySort arraySplit arraySum arrayTopK
    mapAll mapApply mapExists mapFilter mapPartialReverseSort mapPartialSort mapReverseSort mapSort`).map(
    (name) => name.toLowerCase(),
  ),
);

/** Every allowed name as the engine spells it: without combinators, aliases included. */
export function allowedFunctionNames(): string[] {
  return [...ordinary.values(), ...aggregates.values()];
}

/** Every refused name in lower case, with its reason. */
export function refusedFunctionReasons(): ReadonlyMap<string, string> {
  return refused;
}

/**
 * Judges a function by name, without regard to case. An aggregate function with any combinators is allowed when the
 * bare function is (PS-09, PS-10).
 */
export function judgeFunction(name: string): FunctionVerdict {
  const key = name.toLowerCase();
  if (ordinary.has(key)) return ALLOWED;
  if (aggregates.has(key)) return ALLOWED_AGGREGATE;
  const reason = refused.get(key);
  if (reason !== undefined) return { allowed: false, known: true, why: `is not allowed: it ${reason}.` };
  return isCombined(key) ? ALLOWED_AGGREGATE : unknownFunction(name);
}

/** True when a name is an allowed aggregate function followed by one combinator or several. */
function isCombined(key: string): boolean {
  const bases = [key];
  for (let base = bases.pop(); base !== undefined; base = bases.pop()) {
    for (const combinator of COMBINATORS) {
      if (!base.endsWith(combinator)) continue;
      const rest = base.slice(0, -combinator.length);
      if (aggregates.has(rest)) return true;
      bases.push(rest);
    }
  }
  return false;
}

function unknownFunction(name: string): FunctionVerdict {
  const near = nearestName(name, allowedFunctionNames());
  const hint = near === undefined ? 'Look up its name in the function reference.' : `Did you mean ${near}?`;
  return { allowed: false, known: false, why: `is not known. ${hint}` };
}

/** Cuts a block of names at its spaces. */
export function splitNames(names: string): string[] {
  return names.trim().split(/\s+/);
}

/** From a refused name in lower case to its reason. */
export function refusedNames(groups: readonly RefusedGroup[]): ReadonlyMap<string, string> {
  return new Map(
    groups.flatMap(({ names, reason }) =>
      splitNames(names).map((name): [string, string] => [name.toLowerCase(), reason]),
    ),
  );
}

function byLowerCase(name: string): [string, string] {
  return [name.toLowerCase(), name];
}
