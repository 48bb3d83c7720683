import { quoteIdentifier } from '@goldcrest/sql';
import type { Head } from './textFacts.js';

/** SQL, and its shape: texts of one shape have the same tokens but for the values of literals that decide nothing about what is read. */
export interface Text {
  sql: string;
  shape: string;
}

/**
 * A SELECT into which the engine moves no condition of the text around it (AU-17). Moved below a JOIN or beside a WHERE, a condition meets
 * rows that the SELECT leaves out, and its error tells of them: `WHERE toUInt8(name)` quotes the name. The engine moves none past
 * this LIMIT BY, which takes nothing away; a plain LIMIT would show in the reply, and one BY a constant the engine leaves out.
 */
export function fenced(body: string): string {
  return `SELECT * FROM (\n${body}\n)\nLIMIT 9223372036854775807 BY tuple()`;
}

/** Puts table expressions in front of a SELECT, joining its own WITH. */
export function withTables(
  tables: readonly (Text & { name: string })[],
  { sql, shape }: Text,
  head: Head,
): Text {
  if (tables.length === 0) return { sql, shape };
  const names = tables.map(({ name }) => quoteIdentifier(name));
  const before = (body: string, kind: keyof Text): string => {
    const definitions = tables.map((table, i) => `${names[i]} AS (\n${table[kind]}\n)`);
    return joined(definitions, body, head);
  };
  return { sql: before(sql, 'sql'), shape: before(shape, 'shape') };
}

function joined(definitions: readonly string[], body: string, head: Head): string {
  const list = definitions.join(',\n');
  if (head.kind === 'bracket') return `WITH ${list}\nSELECT * FROM (\n${body}\n)`;
  if (head.kind === 'select') return `WITH ${list}\n${body}`;
  return `WITH ${head.recursive ? 'RECURSIVE ' : ''}${list},${body.slice(head.rest)}`;
}
