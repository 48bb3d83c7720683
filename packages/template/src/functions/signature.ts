import type { Frame } from '../frame.js';
import type { Value } from '../value.js';

/** Computes an expression's value in one rendering. */
export type Evaluate = (frame: Frame) => Value;

/** One call in a template, its arguments brought into the order of the signature. They are evaluated only when asked for. */
export interface BoundCall {
  /** The function's name as written. */
  name: string;
  /** By position of the signature; `undefined` where the call gives none. More than the signature has only if it is `open`. */
  args: readonly (Evaluate | undefined)[];
  /** Named arguments that the signature does not name, in order; only if it is `open`. */
  others: readonly (readonly [string, Evaluate])[];
  /** The parameter or variable that is the first argument, when it is a plain name. */
  subject: string | undefined;
  /** The plain name that is the second argument: `Array(x, String)`. */
  secondName: string | undefined;
}

/** What a template function takes and does. */
export interface TemplateFunction {
  /** Names of the arguments, in order. */
  args: readonly string[];
  /** How many of them must be there. */
  min: number;
  /** True when more arguments may follow: positional for `any`, named for `named`. */
  open?: 'any' | 'named';
  /** True for the typed functions, whose first argument is a documented parameter. */
  typed?: boolean;
  call: (frame: Frame, call: BoundCall) => Value;
}

/** Evaluates an argument; None when the call has none. */
export function argument(frame: Frame, call: BoundCall, index: number): Value {
  return call.args[index]?.(frame) ?? null;
}
