import { type Engine, EngineError } from '@goldcrest/engine';
import type { Logger } from 'pino';
import { ApiError, withoutDatabase } from '../errors/index.js';
import { newRequestId as newUlid } from '../http/requestId.js';
import { databaseOf } from '../workspaces/index.js';
import type { Block, LoggedDataSource, Materialization, Operation } from './operation.js';
import { BLOCK_LOG, DATASOURCES_OPS_LOG } from './operationTables.js';
import { emptyDirectory, TableLog } from './tableLog.js';

/** Longest text of an error that is kept, in characters. */
const ERROR_LENGTH_MAX = 10_000;

/** How the engine says which file of the server it was reading. */
const FILE = /:?\s*\(in file\/uri [^)]*\)/g;

/** Estimated memory of a row without its texts. */
const ROW_BYTES = 1000;

const INT32_MAX = 2 ** 31 - 1;
const UINT32_MAX = 2 ** 32 - 1;

/** What is known of an operation before it starts. */
type About = Omit<Operation, 'startedAt' | 'elapsedMs' | 'error'>;

/** An operation and how it is known. */
type Known = Operation & { id: string };

/** A row of datasources_ops_log: an operation, or what a Materialized View made of it. */
interface OperationRow {
  operation: Known;
  /** Null for the operation itself. */
  view: Materialization | null;
  blocks: readonly string[];
}

/** A row of block_log. */
interface BlockRow {
  operation: Known;
  id: string;
  block: Block;
}

/** Keeps every operation on a Data Source (SVT-10) and the blocks of rows that it wrote (SVT-08), off the request's path. */
export class OperationLog {
  private readonly operations: TableLog<OperationRow>;
  private readonly blocks: TableLog<BlockRow>;

  private constructor(parts: { engine: Engine; directory: string; log: Logger }) {
    this.operations = new TableLog({ ...parts, table: DATASOURCES_OPS_LOG, row: operationRow });
    this.blocks = new TableLog({ ...parts, table: BLOCK_LOG, row: blockRow });
  }

  /** Opens the log. @param directory where rows lie while the engine reads them; emptied */
  static async open(parts: { engine: Engine; directory: string; log: Logger }): Promise<OperationLog> {
    await emptyDirectory(parts.directory);
    return new OperationLog(parts);
  }

  /**
   * Takes note of an operation that has ended: a row for it, one for each of its materializations, all with the same id and kind
   * (SVT-15), and one in block_log for each of its blocks (SVT-16). Returns at once and never throws. It is there about a second later.
   */
  note(operation: Operation): void {
    const known = { ...operation, id: operation.id ?? newUlid() };
    const blocks = (operation.blocks ?? []).map((block) => ({
      operation: known,
      id: block.id ?? newUlid(),
      block,
    }));
    const database = databaseOf(operation.datasource.workspaceId);
    for (const block of blocks)
      this.blocks.append(database, block, ROW_BYTES + length(block.block.error, block.block.source));
    const ids = blocks.map(({ id }) => id);
    const texts = length(...Object.entries(operation.options ?? {}).flat(), ...ids, operation.error);
    this.operations.append(database, { operation: known, view: null, blocks: ids }, ROW_BYTES + texts);
    for (const view of operation.views ?? [])
      this.operations.append(
        database,
        { operation: known, view, blocks: [] },
        ROW_BYTES + length(view.error),
      );
  }

  /**
   * Does something to a Data Source and takes note of it, however it ends.
   * @throws what `work` throws
   */
  async during<Result>(about: About, work: () => Promise<Result>): Promise<Result> {
    const startedAt = Date.now();
    const began = performance.now();
    let error: string | undefined;
    try {
      return await work();
    } catch (thrown) {
      error = shownText(thrown, about.requestId);
      throw thrown;
    } finally {
      this.note({ ...about, startedAt, elapsedMs: performance.now() - began, error });
    }
  }

  /** Writes what waits; resolves when all of it is written or given up. */
  async close(): Promise<void> {
    await Promise.all([this.operations.close(), this.blocks.close()]);
  }
}

/** What may be told of an error: the rest is the server's own business, and in its log. */
function shownText(error: unknown, requestId: string): string {
  if (error instanceof ApiError || error instanceof EngineError) return error.message;
  return ApiError.of('internal_error', { requestId }).message;
}

function length(...texts: (string | undefined)[]): number {
  return texts.reduce<number>((sum, text) => sum + 2 * (text?.length ?? 0), 0);
}

function operationRow({ operation, view, blocks }: OperationRow): Record<string, unknown> {
  return {
    ...commonRow(operation, view ?? operation),
    event_type: operation.kind,
    operation_id: operation.id,
    result: resultOf(operation, view),
    import_id: hasImported(operation) ? importId(operation) : null,
    job_id: operation.jobId ?? null,
    request_id: operation.requestId,
    ...(view === null ? ownRow(operation) : viewRow(view)),
    blocks_ids: blocks,
    release: '',
  };
}

function commonRow({ startedAt }: Operation, step: Operation | Materialization): Record<string, unknown> {
  return {
    timestamp: Math.floor(startedAt / 1000),
    datasource_id: step.datasource.id,
    datasource_name: step.datasource.name,
    elapsed_time: step.elapsedMs / 1000,
    error: errorText(step.error),
    read_bytes: step.read?.bytes ?? 0,
    read_rows: step.read?.rows ?? 0,
    written_rows: step.written?.rows ?? 0,
    written_bytes: step.written?.bytes ?? 0,
    cpu_time: step.engineSeconds ?? 0,
  };
}

/** What only the operation itself has: its options and quarantine are not repeated with each materialization, so sums are right. */
function ownRow(operation: Operation): Record<string, unknown> {
  const options = Object.entries(operation.options ?? {});
  return {
    rows: operation.rows ?? null,
    rows_quarantine: operation.quarantined?.rows ?? null,
    'Options.Names': options.map(([name]) => name),
    'Options.Values': options.map(([, value]) => value),
    written_rows_quarantine: operation.quarantined?.rows ?? 0,
    written_bytes_quarantine: operation.quarantined?.bytes ?? 0,
    pipe_id: '',
    pipe_name: '',
    resource_tags: tagsOf(operation.datasource),
  };
}

function viewRow({ pipe, written }: Materialization): Record<string, unknown> {
  return {
    rows: written?.rows ?? null,
    rows_quarantine: null,
    'Options.Names': [],
    'Options.Values': [],
    written_rows_quarantine: 0,
    written_bytes_quarantine: 0,
    pipe_id: pipe.id,
    pipe_name: pipe.name,
    resource_tags: pipe.tags,
  };
}

function blockRow({ operation, id, block }: BlockRow): Record<string, unknown> {
  const { requestId = operation.requestId } = block;
  return {
    timestamp: Math.floor(operation.startedAt / 1000),
    import_id: operation.jobId ?? requestId,
    job_id: operation.jobId ?? null,
    request_id: requestId,
    source: block.source,
    block_id: id,
    status: block.error === undefined ? 'done' : 'error',
    datasource_id: operation.datasource.id,
    datasource_name: operation.datasource.name,
    start_offset: block.range?.start ?? null,
    end_offset: block.range?.end ?? null,
    rows: atMost(INT32_MAX, block.rows),
    parser: block.parser ?? null,
    quarantine_lines: atMost(UINT32_MAX, block.quarantined),
    empty_lines: atMost(UINT32_MAX, block.emptyLines),
    bytes: atMost(UINT32_MAX, block.bytes),
    processing_time: block.elapsedMs / 1000,
    processing_error: errorText(block.error),
  };
}

function resultOf({ partly, error }: Operation, view: Materialization | null): string {
  if (view === null && partly) return 'partial-ok';
  return (view === null ? error : view.error) === undefined ? 'ok' : 'error';
}

/** Whether rows came from outside. A `create` without rows has imported nothing. */
function hasImported({ kind, rows }: Operation): boolean {
  if (kind === 'create') return rows !== undefined;
  return kind === 'replace' || kind === 'sync-dynamodb' || kind.startsWith('append');
}

/** The import is known by its job where it had one, else by its request (SVT-17). */
function importId({ jobId, requestId }: Operation): string {
  return jobId ?? requestId;
}

function errorText(error: string | undefined): string | null {
  return error === undefined ? null : withoutDatabase(error).replace(FILE, '').slice(0, ERROR_LENGTH_MAX);
}

/** The documented type would wrap a larger number. */
function atMost(max: number, value: number | undefined): number | null {
  return value === undefined ? null : Math.min(value, max);
}

function tagsOf({ tags }: LoggedDataSource): string[] {
  return Object.values(tags);
}
