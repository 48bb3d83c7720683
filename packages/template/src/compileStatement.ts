import type { Refuse } from './bindCall.js';
import { compileExpression, compileLoop } from './compileExpression.js';
import type { Frame } from './frame.js';
import type { Evaluate } from './functions/signature.js';
import { endsInCode } from './lexicalContext.js';
import type { Expression, Statement } from './syntax.js';
import { isTrue } from './value.js';

/** How a statement ended: on to the next one, or a jump in the loop around it. */
type Outcome = 'next' | 'break' | 'continue';
/** Runs a piece of a template in one rendering. */
export type Run = (frame: Frame) => Outcome;

/** Turns statements into a function that runs them in order. (TPL-03 to TPL-09) */
export function compileStatements(statements: readonly Statement[], refuse: Refuse): Run {
  const runs = statements.map((statement) => compileStatement(statement, refuse));
  return (frame) => {
    for (const run of runs) {
      const outcome = run(frame);
      if (outcome !== 'next') return outcome;
    }
    return 'next';
  };
}

function compileStatement(statement: Statement, refuse: Refuse): Run {
  switch (statement.type) {
    case 'text':
      return text(statement.text);
    case 'output':
      return output(statement.at, statement.value, refuse);
    case 'set':
      return set(statement, refuse);
    case 'if':
      return branches(statement, refuse);
    case 'for':
      return loop(statement, refuse);
    default:
      return () => statement.type;
  }
}

function text(piece: string): Run {
  const selfContained = endsInCode(piece);
  return (frame) => {
    frame.writer.addText(piece, selfContained);
    return 'next';
  };
}

function output(at: number, value: Expression, refuse: Refuse): Run {
  const evaluate = compileExpression(value, refuse);
  const name = value.type === 'name' ? value.name : undefined;
  return (frame) => {
    frame.at = at;
    const result = evaluate(frame);
    if (result === null && name !== undefined) throw frame.missing(name);
    frame.spend(result);
    frame.writer.addValue(result);
    return 'next';
  };
}

function set({ at, name, value }: Extract<Statement, { type: 'set' }>, refuse: Refuse): Run {
  const evaluate = compileExpression(value, refuse);
  return (frame) => {
    frame.at = at;
    frame.locals.set(name, evaluate(frame));
    frame.spend();
    return 'next';
  };
}

function branches(statement: Extract<Statement, { type: 'if' }>, refuse: Refuse): Run {
  const compiled = statement.branches.map(({ condition, body }): [Evaluate, Run] => [
    condition === undefined ? () => true : compileExpression(condition, refuse),
    compileStatements(body, refuse),
  ]);
  return (frame) => {
    frame.at = statement.at;
    frame.spend();
    for (const [test, body] of compiled) if (isTrue(test(frame))) return body(frame);
    return 'next';
  };
}

function loop({ at, loop: head, body }: Extract<Statement, { type: 'for' }>, refuse: Refuse): Run {
  const turns = compileLoop(head, at, (part) => compileExpression(part, refuse));
  const run = compileStatements(body, refuse);
  return (frame) => {
    turns(frame, () => run(frame) !== 'break');
    return 'next';
  };
}
