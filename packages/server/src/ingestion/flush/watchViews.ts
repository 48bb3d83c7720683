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
  failures: readonly ViewFailure[],
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
  /**
   * How far targets were written after the last insert: for a moment, and while that is being asked for. By the ids of the Data Source and
   * of the targets, as one that is made anew under its name counts its blocks from the beginning.
   */
  private readonly latest = new Map<string, Promise<WriteMarks | null>>();

  constructor(private readonly engine: Engine) {}

  /** To be called before an insert. @returns to be called after it; what it tells is not to be waited for by those who sent the rows */
  async watch(snapshot: Snapshot | null, { id, workspaceId }: DataSource): Promise<ViewWatch> {
    const views = snapshot === null ? [] : viewsTriggeredBy(snapshot, { id });
    if (views.length === 0) return NO_VIEWS;
    const database = databaseOf(workspaceId);
    const targets = new Map(views.map(({ target }) => [target.id, target.name]));
    const key = [id, ...targets.keys()].join(' ');
    const marks =
      (await this.latest.get(key)) ?? (await markWrites(this.engine, database, [...targets.values()]));
    return async (elapsedMs, failures) => {
      const counting = writtenSince(this.engine, database, marks);
      this.keep(key, counting);
      const { written } = await counting;
      return views.map(({ pipe, node, target }) => ({
        pipe,
        datasource: target,
        elapsedMs,
        written: written.get(target.name) ?? { rows: 0, bytes: 0 },
        error: failures.find((failure) => failure.node.id === node.id)?.reason,
      }));
    };
  }

  private keep(key: string, counting: Promise<WrittenSince>): void {
    const marks = counting.then(
      (counted) => counted.marks,
      () => null,
    );
    this.latest.set(key, marks);
    const forget = (): void => {
      if (this.latest.get(key) === marks) this.latest.delete(key);
    };
    void marks.then(() => setTimeout(forget, FRESH_MS).unref());
  }
}
