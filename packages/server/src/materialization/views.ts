import { EngineError } from '@goldcrest/engine';
import { type DataSource, type DataSourceNeeds, removeDataSource } from '../datasources/index.js';
import { ApiError, databaseErrors } from '../errors/index.js';
import { timestamp } from '../metadata/index.js';
import { type PipeNeeds, type PipeRequest, savePipe } from '../pipes/index.js';
import type { Pipe, PipeNode } from '../pipes/store.js';
import type { Snapshot } from '../workspaces/index.js';
import { refuseCircle } from './circle.js';
import { type CompiledView, compileView } from './compileView.js';
import { createViewSql, dropViewSql } from './engineView.js';
import { refuseIfViewsRead, refuseSecondRole, viewNames } from './guard.js';
import { type LinkedView, linkedViews } from './linked.js';
import { sourcesOf } from './sources.js';
import { type SettledTarget, settleTarget, type WantedTarget } from './target.js';
import { findTrigger, notMaterializable } from './trigger.js';
import { Turns } from './turns.js';

/** A node that is to be materialized, and how. */
export interface WantedView extends WantedTarget {
  /** The SQL that the node gets first; an empty text leaves what it has. */
  sql: string;
}

/** A node that was materialized. */
export interface MadeView extends SettledTarget {
  pipe: Pipe;
  node: PipeNode;
}

/** A view that has passed every check. */
interface CheckedView {
  pipe: Pipe;
  node: PipeNode;
  compiled: CompiledView;
  trigger: DataSource;
  nodeIds: string[];
  readIds: string[];
}

/**
 * Materialized Views: a node whose SQL the engine runs on the rows of each insert, and the Data Source that takes what it makes.
 *
 * What is linked is in the metadata, with the node (`PipeNode.materialization`); the view in the engine follows from it. The steps, and what a
 * crash behind each of them leaves:
 *
 *     link     1. the target is made, if it is not there        a Data Source that is as any other
 *              2. the view is made in the engine                a view that no node knows: dropped at start
 *              3. the node is stored as materialized            linked
 *     unlink   1. the node is stored as not materialized        a view that no node knows: dropped at start
 *              2. the view is dropped in the engine             unlinked
 *
 * A view that the engine has lost is made again at start, before any row comes in (`recoverViews`). Links, unlinks and removals of Data
 * Sources of a Workspace take turns, so that none of them goes by what another is just changing.
 */
export class Views {
  private readonly turns = new Turns();

  constructor(private readonly needs: PipeNeeds & DataSourceNeeds) {}

  /** Runs work that links, unlinks or removes Data Sources of a Workspace when nothing else of that kind runs there. */
  exclusive<Result>(workspaceId: string, work: () => Promise<Result>): Promise<Result> {
    return this.turns.take(workspaceId, work);
  }

  /**
   * Materializes a node into a Data Source (MV-01, MV-02).
   * @param node one of the Pipe's, or a new one, which is then added to it (PI-11)
   * @param request begun inside `exclusive`
   * @throws ApiError node_materialized, pipe_has_role, not_materializable, view_circle, override_impossible, what making a Data Source
   *   throws, and what `savePipe` throws
   */
  async link(
    request: PipeRequest,
    before: Pipe,
    node: PipeNode,
    { sql, ...wanted }: WantedView,
  ): Promise<MadeView> {
    const { snapshot } = request;
    refuseSecondLink(snapshot, before, node);
    const written = sql === '' ? node : this.withSql(node, sql);
    const checked = await this.check(request, withNode(before, written), written);
    const existing = snapshot.datasources.find(wanted.name);
    if (existing !== undefined) refuseCircle(snapshot, { ...checked, target: existing });
    const columns = { name: node.name, columns: checked.compiled.columns };
    const target = await settleTarget(this.needs, request, columns, wanted);
    try {
      return { ...target, ...(await this.makeView(request, before, checked, target.datasource)) };
    } catch (error) {
      if (target.created) await removeDataSource(this.needs, target.datasource, request.requestId);
      throw error;
    }
  }

  /** Removes a Data Source that `link` made, when what the request wanted besides could not be made. */
  takeBack({ requestId }: PipeRequest, created: DataSource): Promise<void> {
    return removeDataSource(this.needs, created, requestId);
  }

  /** Stops the rows of a node (MV-04, MZ-08); node and target stay. @throws ApiError node_not_materialized, and what `savePipe` throws */
  async unlink(request: PipeRequest, before: Pipe, node: PipeNode): Promise<void> {
    if (node.materialization === null) {
      // When the engine refused to drop it the first time, this is the second.
      await this.dropView(before.workspaceId, request.snapshot.database, node.id);
      throw ApiError.of('node_not_materialized', { node: node.name, pipe: before.name });
    }
    const after = withNode(before, { ...node, materialization: null });
    await savePipe(this.needs, request, { before, after, what: `unlinked: ${node.name}` });
    await this.dropView(before.workspaceId, request.snapshot.database, node.id);
  }

  /**
   * Frees a Data Source that is going to be removed (MZ-09, DS-50, DS-51): a view that reads it forbids it, and those that fill it are
   * unlinked if the request says so.
   * @param request begun inside `exclusive`
   * @throws ApiError needed_by_view, filled_by_view
   */
  async release(request: PipeRequest, datasource: DataSource, force: boolean): Promise<void> {
    const { snapshot, auth } = request;
    refuseIfViewsRead(snapshot, auth.rights, datasource);
    const filling = linkedViews(snapshot).filter(
      ({ materialization }) => materialization.datasourceId === datasource.id,
    );
    if (filling.length > 0 && !force) {
      const views = viewNames(filling, auth.rights);
      throw ApiError.of('filled_by_view', { name: datasource.name, views });
    }
    for (const { pipe, node } of filling) {
      const now = await this.needs.catalog.requireLatest(snapshot.workspace.id);
      const current = now.pipes.find(pipe.id);
      const linked = current?.nodes.find(({ id }) => id === node.id);
      if (current === undefined || linked === undefined || linked.materialization === null) continue;
      await this.unlink({ ...request, snapshot: now }, current, linked);
    }
  }

  private withSql(node: PipeNode, sql: string): PipeNode {
    const updatedAt = timestamp(this.needs.clock());
    return { ...node, sql: sql.trim(), version: node.version + 1, updatedAt };
  }

  /** Everything that can be known before anything is made. */
  private async check(request: PipeRequest, pipe: Pipe, node: PipeNode): Promise<CheckedView> {
    const { snapshot, signal } = request;
    const { engine } = this.needs;
    const candidate = snapshot.withPipe(pipe);
    const compiled = await compileView(this.needs, candidate, { pipe, node }, signal);
    const sources = await sourcesOf(engine, candidate, { pipe, node });
    const trigger = await findTrigger(engine, candidate, node.name, compiled);
    return { pipe, node, compiled, trigger, ...sources };
  }

  private async makeView(
    request: PipeRequest,
    before: Pipe,
    checked: CheckedView,
    target: DataSource,
  ): Promise<{ pipe: Pipe; node: PipeNode }> {
    const { compiled, trigger, nodeIds, readIds } = checked;
    const { sql } = compiled;
    const materialization = { datasourceId: target.id, triggerId: trigger.id, readIds, nodeIds, sql };
    const node = { ...checked.node, materialization };
    const { database, workspace } = request.snapshot;
    await this.createView(request.snapshot, { pipe: before, node, target: target.name, sql });
    try {
      const edit = { before, after: withNode(before, node), what: `materialized: ${node.name}` };
      const pipe = await savePipe(this.needs, request, edit);
      await this.confirm(request, { pipe, node, materialization }, compiled);
      return { pipe, node };
    } catch (error) {
      await this.dropView(workspace.id, database, node.id);
      throw error;
    }
  }

  /** One that is there already is that of a request on another server, or of an unlink that the engine refused: DELETE drops that one. */
  private async createView(
    { database }: Snapshot,
    view: { pipe: Pipe; node: PipeNode; target: string; sql: string },
  ): Promise<void> {
    const { pipe, node, target, sql } = view;
    const { engine } = this.needs;
    try {
      await engine.command({ sql: createViewSql(database, { nodeId: node.id, target, sql }), database });
    } catch (cause) {
      if (!(cause instanceof EngineError)) throw cause;
      if (cause.code !== databaseErrors.TABLE_ALREADY_EXISTS) throw notMaterializable(node.name, cause);
      throw ApiError.of('changed_meanwhile', { name: pipe.name }, { cause });
    }
  }

  /**
   * What other requests did meanwhile, also on other servers: nothing that the view is made from may have changed, and with what they linked
   * there must be no circle.
   */
  private async confirm(request: PipeRequest, view: LinkedView, compiled: CompiledView): Promise<void> {
    const { pipe, node, materialization } = view;
    const now = await this.needs.catalog.requireLatest(pipe.workspaceId);
    const trigger = now.datasources.find(materialization.triggerId);
    const target = now.datasources.find(materialization.datasourceId);
    try {
      if (trigger === undefined || target === undefined)
        throw ApiError.of('changed_meanwhile', { name: pipe.name });
      refuseCircle(now, { pipe, node, trigger, target });
      const { sql } = await compileView(this.needs, now, { pipe, node }, request.signal);
      if (sql !== compiled.sql) throw ApiError.of('changed_meanwhile', { name: pipe.name });
    } catch (error) {
      await this.unlink({ ...request, snapshot: now }, pipe, node);
      throw error;
    }
  }

  private async dropView(workspaceId: string, database: string, nodeId: string): Promise<void> {
    await this.needs.engine.command({ sql: dropViewSql(database, nodeId) });
    this.needs.catalog.changed(workspaceId);
  }
}

/** The Pipe with a node in place of the one that has its id, or at the end. */
function withNode(pipe: Pipe, node: PipeNode): Pipe {
  const isThere = pipe.nodes.some(({ id }) => id === node.id);
  const nodes = isThere
    ? pipe.nodes.map((other) => (other.id === node.id ? node : other))
    : [...pipe.nodes, node];
  return { ...pipe, nodes };
}

/** @throws ApiError node_materialized, pipe_has_role */
function refuseSecondLink(snapshot: Snapshot, pipe: Pipe, node: PipeNode): void {
  const { materialization } = node;
  if (materialization !== null) {
    const target = snapshot.datasources.find(materialization.datasourceId);
    const values = { node: node.name, pipe: pipe.name, datasource: target?.name ?? '' };
    throw ApiError.of('node_materialized', values);
  }
  const linked = { datasourceId: '', triggerId: '', readIds: [], nodeIds: [], sql: '' };
  refuseSecondRole(pipe, withNode(pipe, { ...node, materialization: linked }));
}
