import {
  lex,
  mentionedNames,
  quoteIdentifier,
  replaceNames,
  type SelectText,
  splitSelect,
} from '@goldcrest/sql';
import { ApiError } from '../errors/index.js';
import type { Pipe, PipeNode } from '../pipes/store.js';
import type { Snapshot } from '../workspaces/index.js';

/** One SELECT, with what its author wrote after it. */
export interface CompiledQuery {
  /** The SELECT without FORMAT and SETTINGS. */
  sql: string;
  settings: SelectText['settings'];
  format: string | null;
}

/**
 * Compiles a query of the Query API: every Pipe that it names becomes a common table expression (PS-03, QY-14).
 * @param underscore the Pipe that `_` stands for (QY-06, EP-14), if any
 */
export function compileSql(snapshot: Snapshot, sql: string, underscore?: Pipe): CompiledQuery {
  const text = resolveIds(snapshot, splitSelect(sql));
  const own = underscore === undefined ? [] : [table('_', compilePipe(snapshot, underscore))];
  const pipes = [...pipesOf(snapshot, [...own, text.body])];
  const tables = [...pipes.map((pipe) => table(pipe.name, compilePipe(snapshot, pipe))), ...own];
  return { sql: withTables(tables, text.body), settings: text.settings, format: text.format };
}

/**
 * Compiles one node of a Pipe to one SELECT (PS-01…PS-03): the nodes and Pipes that it needs become common table expressions. A
 * table expression that is not needed costs nothing, so whatever looks like a name counts as one.
 */
export function compileNode(snapshot: Snapshot, pipe: Pipe, node: PipeNode): CompiledQuery {
  const text = resolveIds(snapshot, splitSelect(node.sql));
  const nodes = nodesBefore(snapshot, pipe, node);
  const bodies = [...nodes.values(), text.body];
  const pipes = [...pipesOf(snapshot, bodies, pipe)];
  const tables = [
    ...pipes.map((needed) => table(needed.name, compilePipe(snapshot, needed))),
    ...[...nodes].map(([name, body]) => table(name, body)),
  ];
  return { sql: withTables(tables, text.body), settings: text.settings, format: text.format };
}

/** The node that others read when they name the Pipe: the published one, else the last (PS-22). */
export function outputNode(pipe: Pipe): PipeNode {
  const node = pipe.nodes.find((candidate) => candidate.id === pipe.endpointNodeId) ?? pipe.nodes.at(-1);
  if (node === undefined) throw ApiError.of('bad_request', { reason: `The Pipe ${pipe.name} has no nodes.` });
  return node;
}

/** A Pipe as others see it: its output node over its own nodes. The Pipes that it reads are defined beside it, not inside. */
function compilePipe(snapshot: Snapshot, pipe: Pipe): string {
  return snapshot.once(`pipe ${pipe.id}`, () => {
    const output = outputNode(pipe);
    const text = resolveIds(snapshot, splitSelect(output.sql));
    const nodes = nodesBefore(snapshot, pipe, output);
    return withTables(
      [...nodes].map(([name, body]) => table(name, body)),
      text.body,
    );
  });
}

/**
 * All Pipes that the texts need, directly or through others, each after those that it needs itself. A word that is only named like a
 * Pipe brings that Pipe along for nothing; so that two such words make no circle, no Pipe is visited twice. Real circles are
 * refused when a Pipe is stored or published (`pipes/circles.ts`).
 * @param self the Pipe that is being compiled
 */
function pipesOf(snapshot: Snapshot, bodies: readonly string[], self?: Pipe): Set<Pipe> {
  const found = new Set<Pipe>();
  const visited = new Set(self === undefined ? [] : [self]);
  const visit = (body: string): void => {
    for (const name of mentionedNames(body)) {
      const pipe = snapshot.pipes.find(name);
      if (pipe === undefined || visited.has(pipe)) continue;
      visited.add(pipe);
      visit(compilePipe(snapshot, pipe));
      found.add(pipe);
    }
  };
  for (const body of bodies) visit(body);
  return found;
}

/** The bodies of the nodes that `node` needs, by name, directly or through others. */
function nodesBefore(snapshot: Snapshot, pipe: Pipe, node: PipeNode): Map<string, string> {
  const found = new Map<string, string>();
  const visit = (current: PipeNode): void => {
    const names = mentionedNames(current.sql);
    for (const other of pipe.nodes) {
      if (other === node || found.has(other.name) || !(names.has(other.name) || names.has(other.id)))
        continue;
      found.set(other.name, nodeBody(snapshot, pipe, other));
      visit(other);
    }
  };
  visit(node);
  return found;
}

function nodeBody(snapshot: Snapshot, pipe: Pipe, node: PipeNode): string {
  const text = resolveIds(snapshot, splitSelect(node.sql));
  if (text.settings.length === 0) return text.body;
  const message = `SETTINGS can only be written in the last node of a query, not in ${pipe.name}.${node.name} (EN-22).`;
  throw ApiError.of('query_invalid', { message });
}

/** The caller's own text, with ids replaced by names, before any Pipe is added to it. */
export function ownText(snapshot: Snapshot, sql: string): CompiledQuery {
  const { body, settings, format } = resolveIds(snapshot, splitSelect(sql));
  return { sql: body, settings, format };
}

/** Replaces ids of Data Sources, Pipes and nodes by their names (GN-25, GN-26). */
function resolveIds(snapshot: Snapshot, text: SelectText): SelectText {
  const body = replaceNames(text.body, (name) => {
    if (!name.startsWith('t_')) return undefined;
    return (snapshot.datasources.find(name) ?? snapshot.pipes.find(name) ?? nodeById(snapshot, name))?.name;
  });
  return { ...text, body };
}

function nodeById(snapshot: Snapshot, id: string): PipeNode | undefined {
  return snapshot.pipes.all.flatMap((pipe) => pipe.nodes).find((node) => node.id === id);
}

function table(name: string, body: string): string {
  return `${quoteIdentifier(name)} AS (\n${body}\n)`;
}

/** Puts table expressions in front of a SELECT, joining its own WITH. */
function withTables(tables: readonly string[], body: string): string {
  if (tables.length === 0) return body;
  const list = tables.join(',\n');
  const [first, second] = lex(body).filter((token) => token.kind !== 'space' && token.kind !== 'comment');
  if (first?.text === '(') return `WITH ${list}\nSELECT * FROM (\n${body}\n)`;
  if (first?.text.toUpperCase() !== 'WITH') return `WITH ${list}\n${body}`;
  const recursive = second?.text.toUpperCase() === 'RECURSIVE';
  const rest = body.slice(recursive ? second.end : first.end);
  return `WITH ${recursive ? 'RECURSIVE ' : ''}${list},${rest}`;
}
