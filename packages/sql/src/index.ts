export {
  type ColumnType,
  formatColumnType,
  isNullable,
  parseColumnType,
  type TypeArgument,
  unwrap,
} from './columnType.js';
export {
  ColumnTypeError,
  JsonPathError,
  SchemaError,
  SqlExpressionError,
  SqlNameError,
  SqlTextError,
} from './errors.js';
export { countExpansions } from './expansions.js';
export { checkExpression } from './expression.js';
export { replaceFinalTables } from './finalTables.js';
export * from './gate/index.js';
export { nearestName } from './gate/nearest.js';
export { formatJsonPath, type JsonPath, type JsonPathStep, parseJsonPath } from './jsonPath.js';
export { isSignificant, lex, type Token, type TokenKind } from './lexer.js';
export { dependsOnLiterals, mentionedNames, replaceNames } from './mentions.js';
export { checkResourceName, isResourceId, parseResourceId, RESOURCE_NAME_MAX } from './names.js';
export { quoteIdentifier, quoteSettings, quoteString, type SettingValue } from './quote.js';
export { RESERVED_WORDS } from './reservedWords.js';
export { type ColumnDefinition, formatSchema, parseSchema, SCHEMA_COLUMNS_MAX } from './schema.js';
export { type SelectSetting, type SelectText, splitSelect } from './select.js';
export { mentionedTables } from './tableMentions.js';
