import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Engine, EngineError, openEmbeddedEngine } from '@goldcrest/engine';
import { INSERT_SETTINGS } from '../flush/insertLines.js';
import { parseExactly } from '../parse.js';
import { isObject } from '../verdict.js';

/** Skips rows that the engine can't read, where it knows how to. */
const TOLERANCE = { input_format_allow_errors_num: 1e9, input_format_allow_errors_ratio: 1 };

/** An engine with a table that has a column for each type: `v0`, `v1` and so on, and `i`. A row fills one of them. */
export class EngineRows {
  private constructor(
    private readonly directory: string,
    readonly engine: Engine,
    private readonly types: readonly string[],
  ) {}

  static async open(types: readonly string[]): Promise<EngineRows> {
    const directory = await mkdtemp(join(tmpdir(), 'goldcrest-rows-'));
    const engine = await openEmbeddedEngine({ path: join(directory, 'engine') });
    const columns = types.map((type, i) => `v${i} ${type}`).join(', ');
    await engine.command({
      sql: `CREATE TABLE rows (i UInt32, ${columns}) ENGINE = MergeTree ORDER BY i`,
      settings: { allow_suspicious_low_cardinality_types: 1 },
    });
    return new EngineRows(directory, engine, types);
  }

  async close(): Promise<void> {
    await this.engine.close();
    await rm(this.directory, { recursive: true, force: true });
  }

  /** What the engine has stored of the rows, read from its JSON: the column's value by `i`. It must take every row. */
  async store(lines: readonly Buffer[], columnOf: (i: number) => string): Promise<Map<number, unknown>> {
    await this.insert(lines, {});
    return this.take(columnOf);
  }

  /** The same of those rows that the engine takes. */
  async storeReadable(
    lines: readonly Buffer[],
    columnOf: (i: number) => string,
  ): Promise<Map<number, unknown>> {
    await this.insertReadable(lines);
    return this.take(columnOf);
  }

  /** Some errors end an insert all the same; then the row is looked for that makes it. */
  private async insertReadable(lines: readonly Buffer[]): Promise<void> {
    try {
      await this.insert(lines, TOLERANCE);
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      if (lines.length === 1) return;
      const half = Math.ceil(lines.length / 2);
      await this.insertReadable(lines.slice(0, half));
      await this.insertReadable(lines.slice(half));
    }
  }

  private async insert(lines: readonly Buffer[], more: Record<string, number>): Promise<void> {
    if (lines.length === 0) return;
    const path = join(this.directory, 'rows.ndjson');
    await writeFile(path, Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')])));
    await this.engine.insertFile({
      database: 'default',
      table: 'rows',
      columns: ['i', ...this.types.map((_, i) => `v${i}`)],
      path,
      format: 'JSONEachRow',
      settings: { ...INSERT_SETTINGS, ...more },
    });
  }

  private async take(columnOf: (i: number) => string): Promise<Map<number, unknown>> {
    // A number that has no name makes an Enum unreadable.
    const columns = this.types.map((type, i) =>
      type.startsWith('Enum') ? `if(toInt8(v${i}) > 0, toString(v${i}), '') AS v${i}` : `v${i}`,
    );
    const { body } = await this.engine.query({
      sql: `SELECT i, ${columns.join(', ')} FROM rows`,
      database: 'default',
      format: 'JSONEachRow',
      settings: { output_format_json_quote_denormals: 1 },
    });
    await this.engine.command({ sql: 'TRUNCATE TABLE rows' });
    const lines = new TextDecoder().decode(body).split('\n').slice(0, -1);
    return new Map(
      lines.map((line) => {
        const row = readObject(line);
        return [Number(row['i']), row[columnOf(Number(row['i']))]];
      }),
    );
  }
}

/** The object of a line of JSON. @throws Error when it is none */
export function readObject(line: string): Record<string, unknown> {
  const parsed = parseExactly(line);
  if (parsed.kind === 'problem' || !isObject(parsed.value)) throw new Error(`no object: ${line}`);
  return parsed.value;
}
