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

/**
 * A table like that of a Data Source and of its name, without its rows, in which rows are tried, and the views of one way behind it with
 * places for what they make. An insert into the Data Source itself that fails may have written some of the rows by then, and one that does
 * not fail can not be taken back.
 */
export class Trial {
  readonly database = newProbe();
  private made = false;

  /** @param path views; none where the rows themselves are tried */
  constructor(private readonly path: ViewPath = []) {}

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
    for (const { node, target } of this.path) {
      const select = await selectOf(engine, database, viewName(node.id));
      if (select === undefined) return false;
      await this.copy(engine, target);
      const view = `${this.database}.${quoteIdentifier(viewName(node.id))}`;
      const to = `${this.database}.${quoteIdentifier(target.name)}`;
      const tried = withTrigger(select, { database, table: trigger }, this.database);
      await engine.command({ sql: `CREATE MATERIALIZED VIEW IF NOT EXISTS ${view} TO ${to} AS ${tried}` });
      trigger = target.name;
    }
    this.made = true;
    return true;
  }

  /** The partitions of the place for what the views make. */
  async partitions(engine: Engine, { name }: Pick<DataSource, 'name'>): Promise<string[]> {
    const sql = `SELECT DISTINCT partition_id FROM system.parts WHERE database = currentDatabase() AND table = ${quoteString(name)}`;
    return (await readLines(engine, this.database, sql)).flat();
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
    const sql = `CREATE TABLE IF NOT EXISTS ${table} AS ${like}`;
    await engine.command({ sql, settings: CREATE_TABLE_SETTINGS });
    // What is tried does not have to survive anything.
    if (kind.endsWith('MergeTree'))
      await engine.command({ sql: `ALTER TABLE ${table} MODIFY SETTING fsync_after_insert = 0` });
  }
}

/** The SELECT of a view; undefined when it is not there. */
async function selectOf(engine: Engine, database: string, view: string): Promise<string | undefined> {
  const sql = `SELECT as_select FROM system.tables WHERE database = currentDatabase() AND name = ${quoteString(view)}`;
  const [row] = await readLines(engine, database, sql);
  return row?.[0];
}
