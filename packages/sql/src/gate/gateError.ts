/** What the gate refuses: the kind of statement, a table, a function, a table function, a setting, an alias, a secret, or other syntax. */
export type GateErrorKind =
  | 'statement'
  | 'table'
  | 'function'
  | 'tableFunction'
  | 'setting'
  | 'alias'
  | 'secret'
  | 'syntax';

/** A query that may not run. The message says what is refused, why, and what to do; it is fit for the client. */
export class GateError extends Error {
  override name = 'GateError';

  /** @param subject the name at fault: of a table, function, setting, clause or kind of statement */
  constructor(
    readonly kind: GateErrorKind,
    readonly subject: string,
    message: string,
  ) {
    super(message);
  }
}
