import { INSTRUCTIONS } from './catalogue/index.js';
import { Fields } from './fields.js';
import { type Include, readInclude } from './includes.js';
import { type PipeNode, printNode, readNode } from './node.js';
import type { ParseOptions } from './options.js';
import { Printer } from './printer.js';
import type { Parsed, Problems } from './problem.js';
import {
  printInclude,
  printShared,
  type ReadFile,
  readFile,
  readShared,
  type SharedDefinition,
} from './resource.js';
import type { Statement } from './statement.js';

/** Most nodes of a Pipe: each becomes a part of one query, which no engine plans beyond some hundreds. */
export const NODES_MAX = 1000;

/** An INCLUDE line between nodes that no function resolved. (DF-13) */
export interface PipeInclude extends Include {
  /** How many of the Pipe's nodes stand before it. */
  after: number;
}

/** What a `.pipe` file says. (DFP-01…DFP-11) */
export interface PipeDefinition extends SharedDefinition {
  kind: 'pipe';
  nodes: readonly PipeNode[];
  includes: readonly PipeInclude[];
}

/** What a Pipe as a whole is for: that of its typed node. (DFP-03, DFP-04) */
export type PipeType = PipeNode['type'];

/** The statements of a Pipe itself, and of each of its nodes. */
interface Parts {
  pipe: Statement[];
  nodes: { node: Statement; statements: Statement[] }[];
  includes: PipeInclude[];
}

/**
 * Reads a `.pipe` file. Everything wrong is reported in one go; nothing is thrown. (DFP-01…DFP-11, DF-19)
 *
 * @param file path of the file, for messages, includes and the Pipe's name
 */
export function parsePipe(text: string, file: string, options: ParseOptions = {}): Parsed<PipeDefinition> {
  const read = readFile(text, file, 'pipe', options);
  const { problems } = read;
  const parts = splitParts(read);
  const fields = new Fields(parts.pipe, read.start, problems);
  const shared = readShared(fields, read);
  const nodes = parts.nodes.map(({ node, statements }) => readNode(node, statements, problems));
  if (nodes.length === 0 && parts.includes.length === 0) {
    problems.add(read.start, 'The Pipe has no node.', 'Write NODE name and SQL > below it.');
  }
  checkNames(nodes, problems);
  checkTypes(nodes, problems);
  return {
    definition: { kind: 'pipe', ...shared, nodes, includes: parts.includes },
    problems: problems.sorted(),
  };
}

/** What the Pipe is for; `default` when no node has a type. (DFP-03, DFP-04) */
export function pipeType(pipe: PipeDefinition): PipeType {
  return pipe.nodes.find(({ type }) => type !== 'default')?.type ?? 'default';
}

function splitParts({ statements, problems }: ReadFile): Parts {
  const parts: Parts = { pipe: [], nodes: [], includes: [] };
  for (const statement of statements) {
    const current = parts.nodes.at(-1);
    const places = INSTRUCTIONS[statement.name].in;
    if (statement.name === 'NODE' && parts.nodes.length === NODES_MAX) {
      problems.add(
        statement.position,
        `The Pipe has more than ${NODES_MAX} nodes.`,
        'Split it into several Pipes.',
      );
      break;
    }
    if (statement.name === 'NODE') parts.nodes.push({ node: statement, statements: [] });
    else if (statement.name === 'INCLUDE') addInclude(parts, statement, problems);
    else if (current !== undefined && places.includes('node')) current.statements.push(statement);
    else if (places.includes('pipe')) parts.pipe.push(statement);
    else {
      const message = `${statement.name} belongs to a node, but there is no NODE before it.`;
      problems.add(statement.position, message, 'Write NODE and a name on a line above.');
    }
  }
  return parts;
}

function addInclude(parts: Parts, statement: Statement, problems: Problems): void {
  const include = readInclude(statement, problems);
  if (include !== undefined) parts.includes.push({ ...include, after: parts.nodes.length });
}

function checkNames(nodes: readonly PipeNode[], problems: Problems): void {
  const lines = new Map<string, number>();
  for (const { name, position } of nodes) {
    const first = lines.get(name);
    if (first === undefined) lines.set(name, position.line);
    else {
      const message = `There are two nodes ${JSON.stringify(name)}; the first is on line ${first}.`;
      problems.add(position, message, 'Give each node of a Pipe a name of its own.');
    }
  }
}

/** Several nodes may be materialized, but a Pipe is one endpoint, copy or sink. (wild §5) */
function checkTypes(nodes: readonly PipeNode[], problems: Problems): void {
  const [first, ...others] = nodes.filter(({ type }) => type !== 'default');
  for (const node of others) {
    if (first?.type === 'materialized' && node.type === 'materialized') continue;
    const message = `The node ${JSON.stringify(node.name)} has a TYPE, but ${JSON.stringify(first?.name)} has one already.`;
    problems.add(node.positions.TYPE ?? node.position, message, 'Make a Pipe for each of them.');
  }
}

/** The text of a `.pipe` file; `parsePipe` reads the same definition back, but for positions. */
export function printPipe(definition: PipeDefinition): string {
  const printer = new Printer();
  printShared(printer, definition);
  const printIncludes = (after: number) => {
    for (const include of definition.includes) if (include.after === after) printInclude(printer, include);
  };
  definition.nodes.forEach((node, index) => {
    printIncludes(index);
    printNode(printer, node);
  });
  printIncludes(definition.nodes.length);
  return printer.toString();
}
