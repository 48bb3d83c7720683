import type { Engine } from '@goldcrest/engine';
import { quoteIdentifier, quoteString } from '@goldcrest/sql';
import { CREATE_TABLE_SETTINGS, type DataSource } from '../../datasources/index.js';
import {
  dropProbe,
  newProbe,
  readLines,
  type ViewPath,
  viewName,
  withTrigger,
} from '../../materialization/index.js';
import { databaseOf } from '../../workspaces/index.js';

/** What a trial is for: to see which rows are taken, or to bring rows to the target of its last view and nowhere else. */
export type Purpose = 'see' | 'bring';

/**
 * A table like that of a Data Source and of its name, without its rows, in which rows are tried, and the views of one way behind it with
 * places for what they make. An insert into the Data Source itself that fails may have written some of the rows by then, and one that does
 * not fail can not be taken back.
 */
export class Trial {
  private made = false;

  /**
   * @param path views; none where the rows themselves are tried
   * @param database its name. What is brought to a target is known again by names, so a repetition needs the same.
   */
  constructor(
    private readonly path: ViewPath = [],
    private readonly purpose: Purpose = 'see',
    readonly database = newProbe(),
  ) {}

  /**
   * Makes it, unless it is there. A start removes what an earlier process left of it.
   * @returns whether all of its views are there; one may have been unlinked
   */
  async make(engine: Engine, datasource: DataSource): Promise<boolean> {
    if (this.made) return true;
    const database = databaseOf(datasource.workspaceId);
    await engine.command({ sql: `CREATE DATABASE IF NOT EXISTS ${this.database}` });
    await this.copy(engine, datasource);
    let trigger = datasource.name;
    for (const [i, { node, target }] of this.path.entries()) {
      const select = await selectOf(engine, database, viewName(node.id));
      if (select === undefined) return false;
      const isReal = this.purpose === 'bring' && i === this.path.length - 1;
      if (!isReal) await this.copy(engine, target);
      const view = `${this.database}.${quoteIdentifier(viewName(node.id))}`;
      const to = `${isReal ? database : this.database}.${quoteIdentifier(target.name)}`;
      const tried = withTrigger(select, { database, table: trigger }, this.database);
      const sql = `CREATE MATERIALIZED VIEW IF NOT EXISTS ${view} TO ${to} AS ${tried}`;
      // Functions such as `joinGet` name tables that only the Workspace's own database has.
      await engine.command({ sql, database });
      trigger = target.name;
    }
    this.made = true;
    return true;
  }

  /** To be called when it is found to be gone: a start of another server removes what is old. */
  forget(): void {
    this.made = false;
  }

  /** Removes it with all that was tried. */
  drop(engine: Engine): Promise<void> {
    this.made = false;
    return dropProbe(engine, this.database);
  }

  private async copy(
    engine: Engine,
    { name, workspaceId, engine: { engine: kind } }: DataSource,
  ): Promise<void> {
    const table = `${this.database}.${quoteIdentifier(name)}`;
    const like = `${quoteIdentifier(databaseOf(workspaceId))}.${quoteIdentifier(name)}`;
    const sql = `CREATE TABLE IF NOT EXISTS ${table} AS ${like}${this.purpose === 'bring' ? ' ENGINE = Null' : ''}`;
    await engine.command({ sql, settings: CREATE_TABLE_SETTINGS });
    // What is tried does not have to survive anything.
    if (this.purpose === 'see' && kind.endsWith('MergeTree'))
      await engine.command({ sql: `ALTER TABLE ${table} MODIFY SETTING fsync_after_insert = 0` });
  }
}

/** The SELECT of a view; undefined when it is not there. */
async function selectOf(engine: Engine, database: string, view: string): Promise<string | undefined> {
  const sql = `SELECT as_select FROM system.tables WHERE database = currentDatabase() AND name = ${quoteString(view)}`;
  const [row] = await readLines(engine, database, sql);
  return row?.[0];
}
