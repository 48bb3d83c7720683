import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Engine, openEmbeddedEngine } from '@goldcrest/engine';

/** An engine of its own, for what a server would hide. */
export interface TestEngine {
  engine: Engine;
  directory: string;
  /** The rows of a query as arrays of values, as a query of that database sees them. */
  rows(sql: string, database?: string): Promise<unknown[][]>;
  stop(): Promise<void>;
}

/** Opens an engine in a directory of its own. */
export async function openTestEngine(): Promise<TestEngine> {
  const directory = await mkdtemp(join(tmpdir(), 'goldcrest-service-'));
  const engine = await openEmbeddedEngine({ path: join(directory, 'engine') });
  return {
    engine,
    directory,
    rows: async (sql, database = 'default') => {
      const settings = { output_format_json_quote_64bit_integers: 0 };
      const { body } = await engine.query({ sql, database, format: 'JSONCompactEachRow', settings });
      const lines = new TextDecoder().decode(body).split('\n');
      return lines.filter((line) => line !== '').map((line) => JSON.parse(line));
    },
    stop: async () => {
      await engine.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
