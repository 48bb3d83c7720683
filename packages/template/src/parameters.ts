import { arrange, functionOf, type Refuse } from './bindCall.js';
import { scalarTypeName } from './functions/typeNames.js';
import { type Position, positionFinder } from './position.js';
import type { Call, Expression, Statement } from './syntax.js';
import { walk } from './walk.js';

/** A literal of the template as JSON has it; integers beyond a double's are text. */
export type LiteralValue = null | boolean | number | string | LiteralValue[];

/** A parameter that a template takes, as far as its text tells. (TPL-12, TPL-15, TPL-16, TPL-25) */
export interface TemplateParameter {
  name: string;
  /** The first typed function that takes it (`Int32`, `Array`…); `String` when none does. */
  type: string;
  /** The type of an array's elements. */
  elementType?: string;
  /** The first default that is a literal; an array's as it is written. */
  default?: LiteralValue;
  description?: string;
  /** True when a call says `required=True`. */
  required: boolean;
  enum?: LiteralValue[];
  example?: LiteralValue;
  format?: string;
  /** True for names with an underscore in front: usable, but not shown in documentation. */
  private: boolean;
  /** True when a typed function takes it; those are named when one is missing. */
  typed: boolean;
  /** Everywhere it stands, in order. */
  uses: Position[];
}

type NamedArguments = ReadonlyMap<string, Expression>;

/**
 * The parameters of a template in order of first appearance, without running it. A name that `set` or `for`
 * assigns before anything reads it is a variable.
 */
export function findParameters(
  template: string,
  statements: readonly Statement[],
  refuse: Refuse,
): TemplateParameter[] {
  const found = new Map<string, TemplateParameter>();
  const assigned = new Set<string>();
  const positionOf = positionFinder(template);
  const documentCall = (call: Call): Expression[] => {
    const target = functionOf(call, refuse);
    const { args, others } = arrange(call, target, refuse);
    const given = args.filter((part) => part !== undefined);
    const [first, second] = args;
    if (first?.type === 'name' && !assigned.has(first.name)) {
      document(use(found, first.name), call, target.typed === true, namedArguments(target.args, args));
    }
    const typeName = call.name === 'Array' && second?.type === 'name' && elementType(second) !== undefined;
    return [...given.filter((part) => !typeName || part !== second), ...others.map(([, part]) => part)];
  };
  walk(statements, {
    // A name that was read before is a parameter that the variable gives a default.
    assign: (name) => found.has(name) || assigned.add(name),
    name: (name, at) => {
      if (!assigned.has(name)) use(found, name).uses.push(positionOf(at));
    },
    call: documentCall,
  });
  return [...found.values()];
}

function namedArguments(names: readonly string[], args: readonly (Expression | undefined)[]): NamedArguments {
  const named = new Map<string, Expression>();
  for (const [index, name] of names.entries()) {
    const part = args[index];
    if (part !== undefined) named.set(name, part);
  }
  return named;
}

function use(found: Map<string, TemplateParameter>, name: string): TemplateParameter {
  const known = found.get(name);
  if (known !== undefined) return known;
  const isPrivate = name.startsWith('_');
  const parameter = { name, type: 'String', required: false, private: isPrivate, typed: false, uses: [] };
  found.set(name, parameter);
  return parameter;
}

/** Takes what a call says about the parameter that is its first argument, unless an earlier call said it. */
function document(parameter: TemplateParameter, call: Call, typed: boolean, args: NamedArguments): void {
  if (typed && !parameter.typed) {
    parameter.typed = true;
    parameter.type = call.name;
    if (call.name === 'Array') parameter.elementType = elementType(args.get('type')) ?? 'String';
  }
  const description = literalValue(args.get('description'));
  const format = literalValue(args.get('format'));
  const choices = literalValue(args.get('enum'));
  if (literalValue(args.get('required')) === true) parameter.required = true;
  if (typeof description === 'string') parameter.description ??= description;
  if (typeof format === 'string') parameter.format ??= format;
  if (Array.isArray(choices)) parameter.enum ??= choices;
  documentLiteral(parameter, 'default', args.get('default'));
  documentLiteral(parameter, 'example', args.get('example'));
  // The second argument of Array is its default when it names no type.
  if (call.name === 'Array' && elementType(args.get('type')) === undefined) {
    documentLiteral(parameter, 'default', args.get('type'));
  }
}

function documentLiteral(
  parameter: TemplateParameter,
  key: 'default' | 'example',
  expression: Expression | undefined,
): void {
  const value = literalValue(expression);
  if (value !== undefined && value !== null) parameter[key] ??= value;
}

/** The type that the second argument of `Array` names, as a text or as a function. */
function elementType(expression: Expression | undefined): string | undefined {
  if (expression?.type === 'name') return scalarTypeName(expression.name);
  const value = literalValue(expression);
  return typeof value === 'string' ? scalarTypeName(value) : undefined;
}

function literalValue(expression: Expression | undefined): LiteralValue | undefined {
  if (expression?.type === 'literal') return plain(expression.value);
  if (expression?.type === 'negative') return negative(literalValue(expression.operand));
  if (expression?.type !== 'list') return undefined;
  const items = expression.items.map(literalValue).filter((item) => item !== undefined);
  return items.length === expression.items.length ? items : undefined;
}

function plain(value: null | boolean | bigint | number | string): LiteralValue {
  if (typeof value !== 'bigint') return value;
  return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
}

function negative(value: LiteralValue | undefined): LiteralValue | undefined {
  if (typeof value === 'string') return `-${value}`;
  return typeof value === 'number' ? -value : undefined;
}
