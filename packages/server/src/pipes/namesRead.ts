import { mentionedNames, mentionedTables } from '@goldcrest/sql';
import { isTemplate } from '@goldcrest/template';
import type { PipeNode } from './store.js';

/**
 * The names and ids that a node's SQL may read, without asking the engine. What a template reads is known only when it is rendered: of
 * one every word counts. (PI-05, DS-46)
 */
export function namesRead({ sql }: Pick<PipeNode, 'sql'>): ReadonlySet<string> {
  return isTemplate(sql) ? mentionedNames(sql) : mentionedTables(sql);
}
