import type { Engine } from '@goldcrest/engine';
import { quoteIdentifier } from '@goldcrest/sql';
import type { DataSource } from '../../datasources/index.js';
import { dropProbe, newProbe } from '../../materialization/index.js';
import { databaseOf } from '../../workspaces/index.js';

/**
 * A table like that of a Data Source and of its name, without its rows and its views, in which rows are tried. An insert into the Data Source that fails
 * may have written some partitions by then, so what was refused of it is looked for here, and the others are inserted under the token of the
 * whole: what is there already is known by it.
 */
export class TrialTable {
  readonly database = newProbe();

  /** Makes it, unless it is there. A start removes what an earlier process left of it. */
  async make(engine: Engine, { name, workspaceId }: DataSource): Promise<void> {
    const table = quoteIdentifier(name);
    const like = `${quoteIdentifier(databaseOf(workspaceId))}.${table}`;
    await engine.command({ sql: `CREATE DATABASE IF NOT EXISTS ${this.database}` });
    await engine.command({ sql: `CREATE TABLE IF NOT EXISTS ${this.database}.${table} AS ${like}` });
  }

  /** Removes it with all that was tried. */
  drop(engine: Engine): Promise<void> {
    return dropProbe(engine, this.database);
  }
}
