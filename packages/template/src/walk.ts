import type { Call, Expression, Loop, Statement } from './syntax.js';

/** What is told about a template, in the order of its text; a loop's source comes before its variables. */
export interface Visitor {
  /** `set` or `for` assigns a variable. */
  assign: (name: string) => unknown;
  /** A name is read. */
  name: (name: string, at: number) => void;
  /** A function is called; answers the arguments to go into. */
  call: (call: Call) => readonly Expression[];
}

/** Goes through all statements and expressions of a template. */
export function walk(statements: readonly Statement[], visitor: Visitor): void {
  for (const statement of statements) walkStatement(statement, visitor);
}

function walkStatement(statement: Statement, visitor: Visitor): void {
  if (statement.type === 'output') walkExpression(statement.value, visitor);
  else if (statement.type === 'set') {
    walkExpression(statement.value, visitor);
    visitor.assign(statement.name);
  } else if (statement.type === 'for') {
    walkLoop(statement.loop, visitor);
    walk(statement.body, visitor);
  } else if (statement.type === 'if') {
    for (const { condition, body } of statement.branches) {
      if (condition !== undefined) walkExpression(condition, visitor);
      walk(body, visitor);
    }
  }
}

function walkLoop({ targets, source }: Loop, visitor: Visitor): void {
  walkExpression(source, visitor);
  for (const name of targets) visitor.assign(name);
}

function walkExpression(expression: Expression, visitor: Visitor): void {
  if (expression.type === 'name') visitor.name(expression.name, expression.at);
  else if (expression.type === 'comprehension') {
    walkLoop(expression.loop, visitor);
    if (expression.condition !== undefined) walkExpression(expression.condition, visitor);
    walkExpression(expression.item, visitor);
  } else {
    const parts = expression.type === 'call' ? visitor.call(expression) : partsOf(expression);
    for (const part of parts) walkExpression(part, visitor);
  }
}

/** The expressions inside of one that is neither name, call nor comprehension. */
function partsOf(
  expression: Exclude<Expression, { type: 'name' | 'call' | 'comprehension' }>,
): readonly Expression[] {
  switch (expression.type) {
    case 'literal':
      return [];
    case 'list':
      return expression.items;
    case 'dict':
      return expression.entries.flat();
    case 'not':
    case 'negative':
    case 'positive':
      return [expression.operand];
    case 'arithmetic':
    case 'comparison':
      return [expression.first, ...expression.rest.map(([, operand]) => operand)];
    case 'and':
    case 'or':
      return expression.operands;
    case 'conditional':
      return [expression.yes, expression.condition, expression.no];
    case 'subscript':
      return [expression.object, expression.index];
    case 'slice':
      return [expression.object, expression.from, expression.to].filter((part) => part !== undefined);
    case 'method':
      return [expression.object, ...expression.positional];
  }
}
