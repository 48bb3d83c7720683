import { nearestName } from '@goldcrest/sql';
import { FUNCTIONS } from './functions/index.js';
import type { BoundCall, Evaluate, TemplateFunction } from './functions/signature.js';
import type { Call, Expression } from './syntax.js';

/** Makes the error for a place in the template. */
export type Refuse = (at: number, reason: string) => Error;

/**
 * The function that a call means.
 *
 * @throws what `refuse` makes when there is none; it suggests the nearest name
 */
export function functionOf(call: Call, refuse: Refuse): TemplateFunction {
  const found = FUNCTIONS.get(call.name);
  if (found !== undefined) return found;
  const nearest = nearestName(call.name, FUNCTIONS.keys());
  const hint =
    nearest === undefined ? 'SQL functions belong outside of the braces.' : `Did you mean ${nearest}?`;
  throw refuse(call.at, `There is no template function ${call.name}. ${hint}`);
}

/** A call's expressions by position of the function's signature, and the named ones beyond it. */
export interface ArrangedCall {
  args: (Expression | undefined)[];
  others: [string, Expression][];
}

/** Brings positional and named arguments into the order of the signature. */
export function arrange(call: Call, target: TemplateFunction, refuse: Refuse): ArrangedCall {
  if (call.positional.length > target.args.length && target.open !== 'any') {
    const most =
      target.args.length === 0 ? 'named arguments only' : `${target.args.length} arguments at most`;
    throw refuse(call.at, `${call.name}() takes ${most}; this call has ${call.positional.length}.`);
  }
  const args: (Expression | undefined)[] = [...call.positional];
  const others: [string, Expression][] = [];
  for (const { name, value, at } of call.keywords) {
    const index = target.args.indexOf(name);
    if (index >= 0 && args[index] !== undefined)
      throw refuse(at, `The argument ${name} of ${call.name}() is given twice.`);
    if (index >= 0) args[index] = value;
    else if (target.open === 'named') others.push([name, value]);
    else throw refuse(at, unknownArgument(call, target, name));
  }
  const absent = target.args.slice(0, target.min).find((_, index) => args[index] === undefined);
  if (absent !== undefined) throw refuse(call.at, `${call.name}() needs its argument ${absent}.`);
  return { args, others };
}

function unknownArgument(call: Call, target: TemplateFunction, name: string): string {
  const nearest = nearestName(name, target.args);
  const hint = nearest === undefined ? `It takes ${target.args.join(', ')}.` : `Did you mean ${nearest}?`;
  return `${call.name}() has no argument ${name}. ${hint}`;
}

/** Compiles a call's arguments. */
export function bindCall(
  call: Call,
  arranged: ArrangedCall,
  compile: (part: Expression) => Evaluate,
): BoundCall {
  const [first, second] = arranged.args;
  return {
    name: call.name,
    args: Array.from(arranged.args, (part) => (part === undefined ? undefined : compile(part))),
    others: arranged.others.map(([name, part]) => [name, compile(part)] as const),
    subject: first?.type === 'name' ? first.name : undefined,
    secondName: second?.type === 'name' ? second.name : undefined,
  };
}
