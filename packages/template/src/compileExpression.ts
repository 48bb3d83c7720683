import { arrange, bindCall, functionOf, type Refuse } from './bindCall.js';
import { valueFailure } from './errors.js';
import type { Frame } from './frame.js';
import type { Evaluate } from './functions/signature.js';
import { callMethod, METHOD_NAMES } from './methods.js';
import { calculate, compare, negate, numberOf } from './operators.js';
import type { Call, Expression, Loop } from './syntax.js';
import { checkList, isDict, isList, isTrue, SqlText, toList, toText, typeName, type Value } from './value.js';

type Of<T extends Expression['type']> = Extract<Expression, { type: T }>;

/**
 * Turns an expression into a function that evaluates it. Calls are checked here: name, number and names of arguments.
 *
 * @throws what `refuse` makes for a call that can't be right
 */
export function compileExpression(expression: Expression, refuse: Refuse): Evaluate {
  return new ExpressionCompiler(refuse).compile(expression);
}

class ExpressionCompiler {
  constructor(private readonly refuse: Refuse) {}

  readonly compile = (expression: Expression): Evaluate => {
    switch (expression.type) {
      case 'literal':
        return () => expression.value;
      case 'name':
        return (frame) => frame.lookUp(expression.name);
      case 'call':
        return this.call(expression);
      case 'method':
        return this.method(expression);
      case 'and':
      case 'or':
        return this.chain(expression);
      case 'not':
        return this.not(expression.operand);
      case 'comparison':
        return this.comparison(expression);
      case 'arithmetic':
        return this.arithmetic(expression);
      default:
        return this.compileRare(expression);
    }
  };

  private compileRare(
    expression: Of<
      'list' | 'dict' | 'negative' | 'positive' | 'conditional' | 'subscript' | 'slice' | 'comprehension'
    >,
  ): Evaluate {
    switch (expression.type) {
      case 'list':
        return this.list(expression.items);
      case 'dict':
        return this.dict(expression);
      case 'negative':
      case 'positive':
        return this.signed(expression);
      case 'conditional':
        return this.conditional(expression);
      case 'subscript':
        return this.subscript(expression);
      case 'slice':
        return this.slice(expression);
      case 'comprehension':
        return this.comprehension(expression);
    }
  }

  private call(expression: Call): Evaluate {
    const target = functionOf(expression, this.refuse);
    const bound = bindCall(expression, arrange(expression, target, this.refuse), this.compile);
    const { call } = target;
    const { at } = expression;
    return (frame) => {
      frame.at = at;
      const value = call(frame, bound);
      frame.spend(value);
      return value;
    };
  }

  private method({ at, object, name, positional }: Of<'method'>): Evaluate {
    if (!METHOD_NAMES.has(name)) {
      throw this.refuse(at, `There is no method .${name}(). There are ${[...METHOD_NAMES].join(', ')}.`);
    }
    const self = this.compile(object);
    const args = positional.map(this.compile);
    return (frame) => {
      const on = self(frame);
      const values = args.map((evaluate) => evaluate(frame));
      frame.at = at;
      frame.spend(on, ...values);
      const value = callMethod(on, name, values);
      frame.spend(value);
      return value;
    };
  }

  /** The deciding operand itself is the value, as in Python; the rest is not evaluated. */
  private chain({ type, operands }: Of<'and' | 'or'>): Evaluate {
    const parts = operands.map(this.compile);
    const stopAt = type === 'or';
    return (frame) => {
      let value: Value = null;
      for (const evaluate of parts) {
        value = evaluate(frame);
        if (isTrue(value) === stopAt) return value;
      }
      return value;
    };
  }

  private not(operand: Expression): Evaluate {
    const evaluate = this.compile(operand);
    return (frame) => !isTrue(evaluate(frame));
  }

  private comparison({ at, first, rest }: Of<'comparison'>): Evaluate {
    const start = this.compile(first);
    const steps = rest.map(([operator, operand]) => ({ operator, evaluate: this.compile(operand) }));
    const name = first.type === 'name' ? first.name : undefined;
    return (frame) => {
      let left = start(frame);
      for (const { operator, evaluate } of steps) {
        const right = evaluate(frame);
        frame.at = at;
        frame.spend(left, right);
        // A missing parameter has no order; equality it has, and templates rely on it.
        if (left === null && '<=>='.includes(operator)) throw frame.missing(name);
        if (!compare(operator, left, right)) return false;
        left = right;
      }
      return true;
    };
  }

  private arithmetic({ at, first, rest }: Of<'arithmetic'>): Evaluate {
    const start = this.compile(first);
    const steps = rest.map(([operator, operand]) => ({ operator, evaluate: this.compile(operand) }));
    return (frame) => {
      let value = start(frame);
      for (const { operator, evaluate } of steps) {
        const right = evaluate(frame);
        frame.at = at;
        value = calculate(operator, value, right);
        frame.spend(value);
      }
      return value;
    };
  }

  private signed({ type, operand }: Of<'negative' | 'positive'>): Evaluate {
    const evaluate = this.compile(operand);
    if (type === 'negative') return (frame) => negate(evaluate(frame));
    return (frame) => negate(negate(evaluate(frame)));
  }

  private conditional({ condition, yes, no }: Of<'conditional'>): Evaluate {
    const [test, then, otherwise] = [this.compile(condition), this.compile(yes), this.compile(no)];
    return (frame) => (isTrue(test(frame)) ? then(frame) : otherwise(frame));
  }

  private list(items: readonly Expression[]): Evaluate {
    const parts = items.map(this.compile);
    return (frame) => {
      const list = parts.map((evaluate) => evaluate(frame));
      frame.spend(list);
      return list;
    };
  }

  private dict({ entries }: Of<'dict'>): Evaluate {
    const parts = entries.map(([key, value]) => [this.compile(key), this.compile(value)] as const);
    return (frame) => {
      const dict = new Map(parts.map(([key, value]) => [toText(key(frame)), value(frame)] as const));
      frame.spend(dict);
      return dict;
    };
  }

  private subscript({ at, object, index }: Of<'subscript'>): Evaluate {
    const [self, key] = [this.compile(object), this.compile(index)];
    return (frame) => {
      const [on, by] = [self(frame), key(frame)];
      frame.at = at;
      return element(on, by);
    };
  }

  private slice({ at, object, from, to }: Of<'slice'>): Evaluate {
    const self = this.compile(object);
    const [start, end] = [from, to].map((bound) => (bound === undefined ? undefined : this.compile(bound)));
    return (frame) => {
      const on = self(frame);
      frame.at = at;
      frame.spend(on);
      if (typeof on !== 'string' && !isList(on)) throw valueFailure(`${typeName(on)} has no slices.`);
      return on.slice(position(start?.(frame)) ?? 0, position(end?.(frame)));
    };
  }

  private comprehension({ at, item, loop, condition }: Of<'comprehension'>): Evaluate {
    const turns = compileLoop(loop, at, this.compile);
    const value = this.compile(item);
    const test = condition === undefined ? undefined : this.compile(condition);
    return (frame) => {
      const list: Value[] = [];
      turns(frame, () => {
        if (test === undefined || isTrue(test(frame))) list.push(value(frame));
        return true;
      });
      frame.spend(checkList(list));
      return list;
    };
  }
}

/**
 * Compiles a loop: for each element it assigns the variables and calls `turn` until that answers false.
 *
 * @throws TemplateFailure when an element can't be taken apart or there is nothing to go through
 */
export function compileLoop(
  { targets, source }: Loop,
  at: number,
  compile: (part: Expression) => Evaluate,
): (frame: Frame, turn: () => boolean) => void {
  const evaluate = compile(source);
  const [only = ''] = targets;
  return (frame, turn) => {
    frame.at = at;
    const values = evaluate(frame);
    if (values === null) throw frame.missing(source.type === 'name' ? source.name : undefined);
    for (const item of toList(values)) {
      frame.at = at;
      frame.spend();
      if (targets.length === 1) frame.locals.set(only, item);
      else assignAll(frame, targets, item);
      if (!turn()) return;
    }
  };
}

function assignAll(frame: Frame, targets: readonly string[], item: Value): void {
  if (!isList(item) || item.length !== targets.length) {
    throw valueFailure(
      `The loop has ${targets.length} variables, but an element is ${typeName(item)} of another size.`,
    );
  }
  for (const [index, name] of targets.entries()) frame.locals.set(name, item[index] ?? null);
}

function element(on: Value, by: Value): Value {
  if (isDict(on)) {
    const found = on.get(toText(by));
    if (found === undefined)
      throw valueFailure(`There is no key '${toText(by).slice(0, 50)}'. Use .get(…) when it may be absent.`);
    return found;
  }
  if (typeof on !== 'string' && !isList(on)) throw valueFailure(`${typeName(on)} has no elements.`);
  const index = numberOf(by);
  const found = typeof index === 'bigint' ? on.at(Number(index)) : undefined;
  if (found === undefined)
    throw valueFailure(`There is no element ${by instanceof SqlText ? '' : toText(by).slice(0, 50)}.`);
  return found;
}

function position(value: Value | undefined): number | undefined {
  if (value === undefined || value === null) return undefined;
  const number = numberOf(value);
  if (typeof number !== 'bigint') throw valueFailure('The bounds of a slice are whole numbers.');
  return Number(number);
}
