import type { EngineError } from '@goldcrest/engine';
import { withoutDatabase } from '../errors/index.js';
import type { Snapshot } from '../workspaces/index.js';
import { nodeOfView } from './engineView.js';
import { linkedViews } from './linked.js';
import { PROBE } from './probes.js';
import type { TriggeredView } from './triggered.js';

/** What the engine adds to the error of a view, and the error of the view around it. */
const PLACE = /:? while pushing to view `?(?:w_[0-9a-f]{32}|probe_[0-9a-z]{26})`?\.`?([\w.]+)`?/g;
/** The name of a view of ours, wherever else a message has it. */
const VIEW_NAME = /`?(?:w_[0-9a-f]{32}|probe_[0-9a-z]{26})`?\.`?view\.t_[0-9a-f]{32}`?/g;

/**
 * Whether an insert failed in a view and not in the Data Source itself, whose rows are written by then: they are neither wrong nor to be
 * inserted again under another token.
 */
export function isViewError(error: EngineError): boolean {
  return / while pushing to view /.test(error.message);
}

/** A view that made an insert fail. */
export interface ViewFailure extends TriggeredView {
  /** What the engine says, without names that are the server's own. */
  reason: string;
}

/**
 * Which view made an insert fail, and why (EV-16, MZ-13). The rows of the Data Source itself are written by then.
 * @param error what the engine answered to the insert
 * @returns undefined when no view is to blame, or it is not linked any more
 */
export function viewFailure(snapshot: Snapshot, error: EngineError): ViewFailure | undefined {
  const nodeId = nodeOfFailure(error);
  const view = linkedViews(snapshot).find(({ node }) => node.id === nodeId);
  if (view === undefined) return undefined;
  const target = snapshot.datasources.find(view.materialization.datasourceId);
  if (target === undefined) return undefined;
  const { pipe, node } = view;
  return { pipe, node, target, reason: viewReason(error.message, { pipe, node }) };
}

/** The node whose view made an insert fail; undefined when none did. */
export function nodeOfFailure(error: EngineError): string | undefined {
  // Views in views: the first one that is named is the one that failed, the others are around it.
  const [place] = error.message.matchAll(PLACE);
  return place?.[1] === undefined ? undefined : nodeOfView(place[1]);
}

/** What the engine says of a view that failed, wherever it was tried, without names that are the server's own. */
export function viewReason(message: string, { pipe, node }: Pick<TriggeredView, 'pipe' | 'node'>): string {
  const shown = message.replace(PLACE, '').replace(VIEW_NAME, `${pipe.name}.${node.name}`);
  return withoutDatabase(shown).replace(PROBE, '');
}
