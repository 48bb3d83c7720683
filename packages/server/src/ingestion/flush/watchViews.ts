import type { Engine } from '@goldcrest/engine';
import type { DataSource } from '../../datasources/index.js';
import {
  markWrites,
  type ViewFailure,
  viewsTriggeredBy,
  type WriteMarks,
  type WrittenSince,
  writtenSince,
} from '../../materialization/index.js';
import type { Materialization } from '../../service-datasources/index.js';
import { databaseOf, type Snapshot } from '../../workspaces/index.js';

/** Tells what the views of a Data Source made of an insert, when it is over. */
export type ViewWatch = (
  elapsedMs: number,
  failure: ViewFailure | null,
) => Promise<readonly Materialization[]>;

/** There are none. */
export const NO_VIEWS: ViewWatch = async () => [];

/** How long what was counted after one insert is taken for how things are before the next, in milliseconds. */
const FRESH_MS = 20;

/**
 * Watches what goes into the targets of Data Sources' views (MZ-14). Of a target that gets rows from elsewhere at the same time those count
 * too, and one that two views fill is counted once for each.
 */
export class ViewWatcher {
  /** How far targets were written after the last insert into a Data Source, by its id: for a moment, and while that is being asked for. */
  private readonly latest = new Map<string, Promise<WriteMarks | null>>();

  constructor(private readonly engine: Engine) {}

  /** To be called before an insert. @returns to be called after it; what it tells is not to be waited for by those who sent the rows */
  async watch(snapshot: Snapshot | null, { id, workspaceId }: DataSource): Promise<ViewWatch> {
    const views = snapshot === null ? [] : viewsTriggeredBy(snapshot, { id });
    if (views.length === 0) return NO_VIEWS;
    const database = databaseOf(workspaceId);
    const marks = await this.marksOf(id, database, [...new Set(views.map(({ target }) => target.name))]);
    return async (elapsedMs, failure) => {
      const counting = writtenSince(this.engine, database, marks);
      this.keep(id, counting);
      const { written } = await counting;
      return views.map(({ pipe, node, target }) => ({
        pipe,
        datasource: target,
        elapsedMs,
        written: written.get(target.name) ?? { rows: 0, bytes: 0 },
        error: failure?.node.id === node.id ? failure.reason : undefined,
      }));
    };
  }

  private async marksOf(id: string, database: string, tables: readonly string[]): Promise<WriteMarks> {
    const latest = await this.latest.get(id);
    if (latest?.size === tables.length && tables.every((table) => latest.has(table))) return latest;
    return markWrites(this.engine, database, tables);
  }

  private keep(id: string, counting: Promise<WrittenSince>): void {
    const marks = counting.then(
      (counted) => counted.marks,
      () => null,
    );
    this.latest.set(id, marks);
    const forget = (): void => {
      if (this.latest.get(id) === marks) this.latest.delete(id);
    };
    void marks.then(() => setTimeout(forget, FRESH_MS).unref());
  }
}
