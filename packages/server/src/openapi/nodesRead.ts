import type { Engine } from '@goldcrest/engine';
import { isSignificant, lex, mentionedNames } from '@goldcrest/sql';
import { isTemplate } from '@goldcrest/template';
import type { Pipe, PipeNode } from '../pipes/store.js';
import { TableReader } from '../pipes/tables.js';
import { outputNode } from '../queries/index.js';
import type { Snapshot } from '../workspaces/index.js';

/**
 * The published node of a Pipe and all nodes that it reads, of its own Pipe and of others, each once: the parameters of a request reach
 * all of them (PS-03).
 * @throws ApiError when the engine has no time to read SQL
 */
export async function nodesRead(engine: Engine, snapshot: Snapshot, pipe: Pipe): Promise<PipeNode[]> {
  const tables = new TableReader(engine, snapshot);
  const found = new Set<PipeNode>();
  const visit = async (owner: Pipe, node: PipeNode): Promise<void> => {
    if (found.has(node)) return;
    found.add(node);
    const read = new Set([
      ...(await tables.of(node)),
      ...(isTemplate(node.sql) ? namesAfterFrom(node.sql) : []),
    ]);
    for (const name of mentionedNames(node.sql)) {
      const sibling = owner.nodes.find((other) => other.name === name || other.id === name);
      const other = sibling ?? snapshot.pipes.find(name);
      if (other === undefined || !(read.has(other.name) || read.has(other.id))) continue;
      if (sibling !== undefined) await visit(owner, sibling);
      else if ('nodes' in other && other.nodes.length > 0) await visit(other, outputNode(other));
    }
  };
  await visit(pipe, outputNode(pipe));
  return [...found];
}

/** What a template reads under conditions that no sample of its parameters fulfils. */
function namesAfterFrom(sql: string): string[] {
  const tokens = lex(sql).filter(isSignificant);
  return tokens.flatMap((token, at) => {
    const before = tokens[at - 1];
    const isName = token.kind === 'word' || token.kind === 'quotedIdentifier';
    const isTable = before?.kind === 'word' && /^(?:from|join)$/i.test(before.text);
    return isName && isTable ? [token.value ?? token.text] : [];
  });
}
