export { AstError, type AstNode, readAst } from './ast.js';
export { checkExpressionAst } from './expressionGate.js';
export { judgeFunction } from './functions.js';
export { checkQuery } from './gate.js';
export { GateError, type GateErrorKind } from './gateError.js';
export { checkSettings, QUERY_SETTINGS } from './settings.js';
export type { GatePolicy } from './tableRules.js';
