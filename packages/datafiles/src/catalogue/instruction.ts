/** Where an instruction may stand. `pipe` is the Pipe itself, `node` below a NODE line. (DFP-01) */
export type Place = 'datasource' | 'pipe' | 'node' | 'connection';

/**
 * What an instruction's value looks like.
 *
 * - `word`: one word; `text`: anything up to the end of the line; `flag`: True or False; `number`: digits
 * - `choice`: one of `values`, in any case
 * - `schedule`: five cron fields, or a word such as `@on-demand`
 * - `list`: words with commas between; `settings`: `name=value` with commas between
 * - `expression`: SQL that goes into the table's definition
 * - `token`: a token's name and a scope; `include`: a path and `VAR=value` arguments
 * - `prose`, `sql`, `schema`, `indexes`: a block of lines, or text on the same line
 */
export type Form =
  | 'word'
  | 'text'
  | 'flag'
  | 'number'
  | 'choice'
  | 'schedule'
  | 'list'
  | 'settings'
  | 'expression'
  | 'token'
  | 'include'
  | 'prose'
  | 'sql'
  | 'schema'
  | 'indexes';

/** One row of the table of instructions, which drives reading, printing, messages and documentation. */
export interface Instruction {
  in: readonly Place[];
  form: Form;
  /** What a `choice` allows. */
  values?: readonly string[];
  /** What it allows in a `.connection` file instead. */
  connectionValues?: readonly string[];
  /** May stand several times in its place. */
  repeated?: boolean;
  /** Must stand in its place, whatever else does. */
  required?: boolean;
  /** Instructions that make this one required: `TYPE COPY` for one value only, `KAFKA_TOPIC` for any. */
  requiredWith?: readonly string[];
  /** Instructions one of which has to be there for this one to make sense, written alike. */
  onlyWith?: readonly string[];
  /** What is assumed without it. */
  default?: string;
  /** Inventory ids. */
  ids: readonly string[];
  /** What it means, for the reference. */
  doc: string;
}
