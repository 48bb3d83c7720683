import type { Engine } from '@goldcrest/engine';

/** The rows of a query about the engine's own tables, each a list of texts. @throws EngineError */
export async function readLines(engine: Engine, database: string, sql: string): Promise<string[][]> {
  const { body } = await engine.query({ sql, database, format: 'JSONCompactStringsEachRow' });
  const lines = new TextDecoder().decode(body).split('\n');
  return lines.filter((line) => line !== '').map((line): string[] => JSON.parse(line));
}
