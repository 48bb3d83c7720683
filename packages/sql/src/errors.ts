/** A name that can't be used as an identifier. The message says which name and what is allowed. */
export class SqlNameError extends Error {
  override name = 'SqlNameError';
}

/** SQL text that is refused. `position` is the offset of the culprit in the given text, in UTF-16 units. */
export class SqlTextError extends Error {
  override name = 'SqlTextError';

  constructor(
    /** The message without the position. */
    readonly reason: string,
    readonly position: number,
  ) {
    super(`${reason} (at position ${position})`);
  }
}

/** An expression (sorting key, TTL, DEFAULT…) that may not go into a table definition. */
export class SqlExpressionError extends SqlTextError {
  override name = 'SqlExpressionError';
}

/** Text that is no well-formed column type. */
export class ColumnTypeError extends SqlTextError {
  override name = 'ColumnTypeError';
}

/** Text that is no JSONPath of the supported kind. */
export class JsonPathError extends SqlTextError {
  override name = 'JsonPathError';
}

/** A schema that is refused. `column` is the column at fault when one is known. */
export class SchemaError extends SqlTextError {
  override name = 'SchemaError';

  constructor(
    message: string,
    position: number,
    readonly column: string | null,
  ) {
    super(column === null ? message : `Column '${column}': ${message}`, position);
  }
}
