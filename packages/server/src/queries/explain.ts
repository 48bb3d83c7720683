import type { Engine } from '@goldcrest/engine';
import { hideTexts } from '@goldcrest/sql';
import { withoutDatabase } from '../errors/index.js';
import type { Snapshot } from '../workspaces/index.js';
import type { Admission } from './admission.js';
import { engineText, type PreparedQuery, queryError } from './external.js';
import { type QueryLimits, querySettings } from './settings.js';

/** What a query would do, without its result. */
export interface Explanation {
  /** The SQL that the engine gets: rendered, with its table expressions. */
  sql: string;
  settings: Readonly<Record<string, string | number | boolean>>;
  /** The engine's plan, a line each, with the indexes that it uses. */
  plan: string[];
  /** The tables that would be read, and how much of them. Estimates are the engine's, in whole granules. */
  tables: { name: string; parts: number; rows: number; marks: number }[];
  /** Rows to be read, of all tables together. */
  rows_to_read: number;
}

/** Has the engine explain a query. Its plan needs its scalar subqueries, which do run, with the limits of a query. */
export async function explain(
  needs: { engine: Engine; config: QueryLimits; admission: Admission },
  snapshot: Snapshot,
  query: PreparedQuery,
  signal: AbortSignal,
): Promise<Explanation> {
  const { database } = snapshot;
  const turn = await needs.admission.enter(snapshot.workspace.id, signal);
  try {
    const settings = querySettings(needs.config, query, turn.threads);
    const { sql: text, external } = engineText(query);
    const ask = async (sql: string, format: string): Promise<string> => {
      const { body } = await needs.engine.query({ sql, external, database, format, settings, signal });
      return new TextDecoder().decode(body);
    };
    const plan = await ask(`EXPLAIN PLAN indexes = 1\n${text}`, 'TSVRaw');
    const estimate = await ask(`EXPLAIN ESTIMATE\n${text}`, 'JSONCompactEachRow');
    const tables = estimate
      .split('\n')
      .filter((line) => line !== '')
      .map(readEstimate);
    return {
      sql: query.sql,
      settings,
      plan: withoutDatabase(hideTexts(plan, query.hidden)).trimEnd().split('\n'),
      tables,
      rows_to_read: tables.reduce((sum, { rows }) => sum + rows, 0),
    };
  } catch (error) {
    throw queryError(error, query);
  } finally {
    turn.leave();
  }
}

/** A row of EXPLAIN ESTIMATE: database, table, parts, rows, marks. */
function readEstimate(line: string): Explanation['tables'][number] {
  const row: unknown = JSON.parse(line);
  const [, name, parts, rows, marks] = Array.isArray(row) ? row : [];
  return { name: String(name), parts: Number(parts), rows: Number(rows), marks: Number(marks) };
}
