import type { Engine, QueryRequest } from '@goldcrest/engine';

/** A column of a query's result, with its type as the engine writes it: `Nullable(Int32)`. */
export interface ResultColumn {
  name: string;
  type: string;
}

/**
 * The columns of what a query would answer, which the engine works out without reading rows. Scalar subqueries are run, so the
 * settings must hold the limits of a query.
 * @throws EngineError when the engine refuses the query
 */
export async function resultColumns(
  engine: Engine,
  query: Omit<QueryRequest, 'format'>,
): Promise<ResultColumn[]> {
  const describe = `DESCRIBE (\n${query.sql}\n)`;
  const { body } = await engine.query({
    ...query,
    sql: describe,
    shape: describe,
    format: 'JSONCompactEachRow',
  });
  const lines = new TextDecoder().decode(body).split('\n');
  return lines.filter((line) => line !== '').map(readColumn);
}

function readColumn(line: string): ResultColumn {
  const [name, type]: unknown[] = JSON.parse(line);
  return { name: String(name), type: String(type) };
}
