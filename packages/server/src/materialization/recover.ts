import type { Engine } from '@goldcrest/engine';
import type { Logger } from 'pino';
import { recogniseRepeats } from '../datasources/index.js';
import type { Clock, Metadata } from '../metadata/index.js';
import type { Snapshot, WorkspaceCatalog } from '../workspaces/index.js';
import { createViewSql, dropViewSql, nodeOfView } from './engineView.js';
import { readLines } from './lines.js';
import { linkedViews } from './linked.js';
import { dropProbes } from './probes.js';

/** What bringing the engine's views up to date needs. */
export interface RecoverNeeds {
  engine: Engine;
  metadata: Metadata;
  catalog: WorkspaceCatalog;
  clock: Clock;
  log: Logger;
}

/**
 * At start, before any row comes in: makes the engine's views those that the metadata says, and lets every table know repeated inserts. A view
 * that can not be made is logged; the server starts all the same, for the sake of everything else.
 * @param restMs how long an unknown view must have been there to go. Where nodes share the metadata store, another one may just be linking it.
 */
export async function recoverViews(needs: RecoverNeeds, restMs: number): Promise<void> {
  const { engine, metadata, catalog, clock } = needs;
  const latest = new Date(clock().getTime() - restMs);
  await dropProbes(engine, latest);
  for (const { id } of await metadata.workspaces.list()) {
    const snapshot = await catalog.snapshot(id);
    if (snapshot === null) continue;
    await recogniseRepeats(engine, snapshot.database);
    await recoverWorkspace(needs, snapshot, latest);
  }
}

async function recoverWorkspace(needs: RecoverNeeds, snapshot: Snapshot, latest: Date): Promise<void> {
  const { engine, log } = needs;
  const { database } = snapshot;
  const views = linkedViews(snapshot);
  const wanted = new Set(views.map(({ node }) => node.id));
  const there = await viewsInEngine(engine, database);
  for (const [nodeId, madeAt] of there) {
    if (wanted.has(nodeId) || madeAt > latest.getTime()) continue;
    await engine.command({ sql: dropViewSql(database, nodeId) });
    log.warn({ nodeId }, 'dropped a view that an interrupted request had left in the engine');
  }
  for (const { pipe, node, materialization } of views) {
    const target = snapshot.datasources.find(materialization.datasourceId);
    if (there.has(node.id) || target === undefined) continue;
    const names = { pipe: pipe.name, node: node.name, target: target.name };
    try {
      const view = { nodeId: node.id, target: target.name, sql: materialization.sql };
      await engine.command({ sql: createViewSql(database, view, true), database });
      log.warn(names, 'made a view again that was missing in the engine');
    } catch (error) {
      log.error({ ...names, err: error }, 'a Materialized View is missing in the engine and can not be made');
    }
  }
}

/** When each node's view was made, in milliseconds. */
async function viewsInEngine(engine: Engine, database: string): Promise<Map<string, number>> {
  const rows = await readLines(
    engine,
    database,
    `SELECT name, toUnixTimestamp(metadata_modification_time) FROM system.tables
     WHERE database = currentDatabase() AND engine = 'MaterializedView'`,
  );
  return new Map(
    rows.flatMap(([name = '', seconds]) => {
      const nodeId = nodeOfView(name);
      return nodeId === undefined ? [] : [[nodeId, Number(seconds) * 1000]];
    }),
  );
}
