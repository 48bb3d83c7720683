import type { Engine } from '@goldcrest/engine';
import { addDeduplicationSql, KNOWS_TOO_FEW } from './tables.js';

/** Lets the tables of an earlier version know repeated inserts as new ones do (EV-27). Can be repeated; one query when there is nothing to do. */
export async function recogniseRepeats(engine: Engine, database: string): Promise<void> {
  const { body } = await engine.query({
    sql: `SELECT name FROM system.tables WHERE database = currentDatabase() AND endsWith(engine, 'MergeTree')
      AND NOT startsWith(engine, 'Replicated') AND (${KNOWS_TOO_FEW})`,
    database,
    format: 'JSONCompactEachRow',
  });
  const lines = new TextDecoder().decode(body).split('\n');
  for (const line of lines.filter((each) => each !== '')) {
    const [table]: [string] = JSON.parse(line);
    await engine.command({ sql: addDeduplicationSql(database, table) });
  }
}
