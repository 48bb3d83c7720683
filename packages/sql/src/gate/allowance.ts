import { type FunctionVerdict, judgeFunction } from './functions.js';
import { QUERY_SETTINGS } from './settings.js';
import { allowedTableFunctionNames } from './tableFunctions.js';

/** Names that a kind of query may use: data, so that each kind of token can have its own. */
export interface Allowance {
  /** Table functions that make their own rows, in lower case. */
  tableFunctions: ReadonlySet<string>;
  /** Functions that it may not call although others may: lower case, to a reason like those in `refusedFunctions.ts`. */
  refusedFunctions: ReadonlyMap<string, string>;
  /** Settings of its SETTINGS clause. */
  settings: ReadonlySet<string>;
}

/** All that is harmless: every table function, function and setting that the lists allow (PS-07, PS-08, EN-21). */
export const STANDARD_ALLOWANCE: Allowance = {
  tableFunctions: new Set(allowedTableFunctionNames().map((name) => name.toLowerCase())),
  refusedFunctions: new Map(),
  settings: new Set(QUERY_SETTINGS),
};

/** Judges a function for a kind of query. */
export function judgeFor({ refusedFunctions }: Allowance, name: string): FunctionVerdict {
  const reason = refusedFunctions.get(name.toLowerCase());
  if (reason === undefined) return judgeFunction(name);
  return { allowed: false, known: true, why: `is not allowed: it ${reason}.` };
}
