import { dropViewSql } from '../materialization/engineView.js';
import { refuseChangeUnderViews } from '../materialization/guard.js';
import { checkNames, type PipeNeeds, type PipeRequest, savePipe } from './change.js';
import { refuseIfPipeIsRead } from './readers.js';
import { readTokens } from './readTokens.js';
import type { Pipe } from './store.js';

/** What is to be another in a Pipe besides its nodes; the rest stays. */
export interface PipeChanges {
  name?: string;
  description?: string;
  tags?: string[];
}

/**
 * Changes a Pipe's name, description or tags (PI-17). Its id, its tokens and what reads it by id go on with another name.
 * @param force whether it may get another name though other Pipes read it by the present one
 * @throws ApiError as `savePipe`; in_use
 */
export async function editPipe(
  needs: PipeNeeds,
  request: PipeRequest,
  before: Pipe,
  { changes, force }: { changes: PipeChanges; force: boolean },
): Promise<Pipe> {
  const after = { ...before, ...changes };
  const { snapshot, auth } = request;
  if (after.name !== before.name && !force) {
    checkNames(snapshot, before, after);
    await refuseIfPipeIsRead(needs.engine, snapshot.withPipe(after), auth.rights, before);
  }
  const what = after.name === before.name ? 'changed' : `renamed from ${before.name}`;
  return savePipe(needs, request, { before, after, what });
}

/**
 * Removes a Pipe with its nodes, its views, its versions and the token that was made for its endpoint, which answers no more (PI-18). What
 * its views have filled stays.
 * @param force whether it may go though other Pipes read it
 * @throws ApiError in_use, needed_by_view
 */
export async function removePipe(
  needs: PipeNeeds,
  { snapshot, auth }: PipeRequest,
  pipe: Pipe,
  { force }: { force: boolean },
): Promise<void> {
  if (!force) await refuseIfPipeIsRead(needs.engine, snapshot, auth.rights, pipe);
  refuseChangeUnderViews(snapshot, auth.rights, pipe, null);
  const own = readTokens(snapshot, pipe).filter(
    ({ origin, scopes }) => origin === 'endpoint' && scopes.length === 1,
  );
  await needs.metadata.pipes.remove(pipe.id);
  for (const token of own) await needs.metadata.tokens.delete(token.id);
  needs.catalog.changed(pipe.workspaceId);
  for (const { id, materialization } of pipe.nodes) {
    // What is interrupted here is finished at the next start: a view that no node knows goes.
    if (materialization !== null) await needs.engine.command({ sql: dropViewSql(snapshot.database, id) });
  }
}
