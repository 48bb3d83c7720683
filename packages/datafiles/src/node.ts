import { checkResourceName } from '@goldcrest/sql';
import type { TextBlock } from './block.js';
import { INSTRUCTIONS, instructionsOf } from './catalogue/index.js';
import { COPY_MODES, NODE_TYPES } from './choices.js';
import { type EngineDefinition, printEngine, readEngine } from './engine.js';
import { Fields, type Positions } from './fields.js';
import type { Printer } from './printer.js';
import type { Position, Problems } from './problem.js';
import { checkRelations, relationsOf } from './relations.js';
import { printSink, readSink, type Sink } from './sink.js';
import type { Statement } from './statement.js';

/** What all nodes have. (DFP-01, DFP-02) */
interface NodeBase {
  name: string;
  /** Where its NODE line stands. */
  position: Position;
  description: string | null;
  /** Begins with `%` when it is a template. */
  sql: TextBlock;
  positions: Positions;
}

/** A node for other nodes to read; the last one of a Pipe without typed nodes may become its endpoint. (DFP-04) */
export interface DefaultNode extends NodeBase {
  type: 'default';
}

/** A node that is published as an API Endpoint. (DFP-03) */
export interface EndpointNode extends NodeBase {
  type: 'endpoint';
}

/** A node whose rows go to a Data Source as they come in. (DFP-05) */
export interface MaterializedNode extends NodeBase {
  type: 'materialized';
  datasource: string | null;
  /** The target's table, when the node says it; null when only the Data Source's own file does. */
  engine: EngineDefinition | null;
}

/** A node whose rows are copied to a Data Source. (DFP-06) */
export interface CopyNode extends NodeBase {
  type: 'copy';
  targetDatasource: string | null;
  /** Five cron fields or `@on-demand`. */
  schedule: string;
  mode: (typeof COPY_MODES)[number];
}

/** A node whose rows are written to another system. (DFP-09) */
export interface SinkNode extends NodeBase {
  type: 'sink';
  sink: Sink;
}

/** A node of a Pipe, told apart by what it is for. (DFP-03) */
export type PipeNode = DefaultNode | EndpointNode | MaterializedNode | CopyNode | SinkNode;

const NODE_INSTRUCTIONS = instructionsOf('pipe').filter((name) => INSTRUCTIONS[name].in.includes('node'));
const RELATIONS = relationsOf(NODE_INSTRUCTIONS);
const ENGINE_INSTRUCTIONS = NODE_INSTRUCTIONS.filter((name) => /^(?:ENGINE|SORTING_KEY)/.test(name));

/** Reads a node from its NODE statement and those that follow it. (DFP-01…DFP-11) */
export function readNode(node: Statement, statements: readonly Statement[], problems: Problems): PipeNode {
  const fields = new Fields(statements, node.position, problems);
  const name = node.value.text;
  const wrongName = checkResourceName(name);
  if (wrongName !== undefined) problems.add(node.value.position, wrongName);
  const sql = fields.block('SQL');
  if (sql === null) {
    const hint = 'Write SQL > and the query below, indented.';
    problems.add(node.position, `The node ${JSON.stringify(name)} has no SQL.`, hint);
  }
  checkRelations(fields, RELATIONS);
  const base = {
    name,
    position: node.position,
    description: fields.text('DESCRIPTION'),
    sql: sql ?? { text: '', position: node.position, indent: 0 },
    positions: fields.positions(),
  };
  return readTyped(base, fields);
}

function readTyped(base: NodeBase, fields: Fields): PipeNode {
  const type = fields.choice('TYPE', NODE_TYPES);
  const engineLine = ENGINE_INSTRUCTIONS.find((name) => fields.has(name));
  const engine = engineLine === undefined ? null : readEngine(fields);
  if (engineLine !== undefined && type !== 'materialized' && (type !== null || !fields.has('TYPE'))) {
    fields.report(engineLine, `${engineLine} makes sense in a node only with TYPE materialized.`);
  }
  if (type === 'materialized') return { ...base, type, datasource: fields.word('DATASOURCE'), engine };
  if (type === 'sink') return { ...base, type, sink: readSink(fields) };
  if (type !== 'copy') return { ...base, type: type ?? 'default' };
  return {
    ...base,
    type,
    targetDatasource: fields.word('TARGET_DATASOURCE'),
    schedule: fields.schedule('COPY_SCHEDULE') ?? '@on-demand',
    mode: fields.choice('COPY_MODE', COPY_MODES) ?? 'append',
  };
}

/** Prints what `readNode` reads. */
export function printNode(printer: Printer, node: PipeNode): void {
  printer.part().value('NODE', node.name);
  printer.block('DESCRIPTION', node.description).block('SQL', node.sql.text);
  if (node.type !== 'default') printer.value('TYPE', node.type);
  if (node.type === 'materialized') {
    printer.value('DATASOURCE', node.datasource);
    if (node.engine !== null) printEngine(printer, node.engine);
  }
  if (node.type === 'copy') {
    printer
      .value('TARGET_DATASOURCE', node.targetDatasource)
      .value('COPY_SCHEDULE', node.schedule)
      .value('COPY_MODE', node.mode);
  }
  if (node.type === 'sink') printSink(printer, node.sink);
}
