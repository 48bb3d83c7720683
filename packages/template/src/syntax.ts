/** An expression. `at` is its offset in the template, in UTF-16 units. */
export type Expression = { at: number } & (
  | { type: 'literal'; value: null | boolean | bigint | number | string }
  | { type: 'name'; name: string }
  | { type: 'list'; items: Expression[] }
  | { type: 'dict'; entries: [Expression, Expression][] }
  | { type: 'not'; operand: Expression }
  | { type: 'negative'; operand: Expression }
  | { type: 'positive'; operand: Expression }
  /** Left to right; the operators stand between the operands. */
  | { type: 'arithmetic'; first: Expression; rest: [ArithmeticOperator, Expression][] }
  | { type: 'comparison'; first: Expression; rest: [ComparisonOperator, Expression][] }
  | { type: 'and' | 'or'; operands: Expression[] }
  | { type: 'conditional'; condition: Expression; yes: Expression; no: Expression }
  | { type: 'subscript'; object: Expression; index: Expression }
  | { type: 'slice'; object: Expression; from: Expression | undefined; to: Expression | undefined }
  | { type: 'comprehension'; item: Expression; loop: Loop; condition: Expression | undefined }
  | { type: 'call'; name: string; positional: Expression[]; keywords: Keyword[] }
  | { type: 'method'; object: Expression; name: string; positional: Expression[] }
);

export type ArithmeticOperator = '+' | '-' | '*' | '/' | '//' | '%' | '**';
export type ComparisonOperator = '==' | '!=' | '<' | '>' | '<=' | '>=' | 'in' | 'not in' | 'is' | 'is not';

/** `name=value` in a call. */
export interface Keyword {
  name: string;
  value: Expression;
  at: number;
}

/** `for targets in source`. Several targets take a list apart. */
export interface Loop {
  targets: string[];
  source: Expression;
}

/** A call of a template function. */
export type Call = Extract<Expression, { type: 'call' }>;

/** A piece of a template. */
export type Statement = { at: number } & (
  | { type: 'text'; text: string }
  | { type: 'output'; value: Expression }
  | { type: 'set'; name: string; value: Expression }
  /** `condition` is undefined for `else`, which is last. */
  | { type: 'if'; branches: { condition: Expression | undefined; body: Statement[] }[] }
  | { type: 'for'; loop: Loop; body: Statement[] }
  | { type: 'break' | 'continue' }
);
