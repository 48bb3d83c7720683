import type { AddressList } from '@goldcrest/sql';
import type { Engine, InsertCost, QueryRequest, Settings } from '../engine.js';

/** Options that both engines have. */
export interface SuiteEngineOptions {
  readonly sessions?: number;
  readonly queueMax?: number;
  readonly queueWaitMsMax?: number;
  readonly closeWaitMsMax?: number;
  readonly externalAddresses?: AddressList;
}

/** What an insert of the suite may vary. */
export interface InsertExtras {
  readonly format?: 'JSONCompactEachRow' | 'CSV';
  readonly deduplicationToken?: string;
  readonly settings?: Settings;
  readonly signal?: AbortSignal;
}

/** What the tests of the suite share: databases `one` and `two`, each with a table `t` that holds its name. */
export interface SuiteContext {
  /** The engine that is open now. */
  engine(): Engine;
  /** An existing directory for files to insert. */
  directory(): string;
  /** Reads as JSONEachRow in database `default` unless told otherwise. */
  read(sql: string, request?: Partial<QueryRequest>): Promise<string>;
  /** Makes a MergeTree in database `one`. */
  create(table: string, columns: string, options?: string): Promise<void>;
  /** Inserts text, as JSONEachRow unless told otherwise, into a table of `one`. */
  insert(table: string, columns: readonly string[], text: string, more?: InsertExtras): Promise<InsertCost>;
  /** Runs a body with an engine of other options in place of the common one. */
  withEngine(options: SuiteEngineOptions, body: (other: Engine) => Promise<void>): Promise<void>;
}

/** Runs for minutes unless somebody ends it. */
export const ENDLESS = 'SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) = 1';

/** A query's answer as text. */
export async function readText(engine: Engine, request: QueryRequest): Promise<string> {
  return new TextDecoder().decode((await engine.query(request)).body);
}

/** A streamed answer as text. */
export async function collect(engine: Engine, request: QueryRequest): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of engine.stream(request)) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
