import { CONNECTION_TYPES, COPY_MODES, NODE_TYPES } from '../choices.js';
import type { Instruction } from './instruction.js';

/** The nodes of a Pipe, materialized nodes and copies. */
export const NODE = {
  NODE: {
    in: ['pipe'],
    form: 'word',
    repeated: true,
    ids: ['DFP-01', 'DFP-N4'],
    doc: 'Starts a node; what follows belongs to it, up to the next NODE.',
  },
  SQL: {
    in: ['node'],
    form: 'sql',
    required: true,
    ids: ['DFP-02', 'DFP-N5'],
    doc: 'The query. It is a template when it begins with `%`.',
  },
  TYPE: {
    in: ['node', 'connection'],
    form: 'choice',
    values: NODE_TYPES,
    connectionValues: CONNECTION_TYPES,
    ids: ['DFP-03', 'DFP-04', 'DF-09'],
    doc: 'What the node is for; without it, it is there for other nodes. In a connection: what it leads to.',
  },
  DATASOURCE: {
    in: ['node'],
    form: 'word',
    requiredWith: ['TYPE materialized'],
    onlyWith: ['TYPE materialized'],
    ids: ['DFP-05'],
    doc: 'The Data Source that the materialized rows go to.',
  },
  TARGET_DATASOURCE: {
    in: ['node'],
    form: 'word',
    requiredWith: ['TYPE copy'],
    onlyWith: ['TYPE copy'],
    ids: ['DFP-06'],
    doc: 'The Data Source that the rows are copied to.',
  },
  COPY_SCHEDULE: {
    in: ['node'],
    form: 'schedule',
    onlyWith: ['TYPE copy'],
    default: '@on-demand',
    ids: ['DFP-06', 'DFP-12'],
    doc: 'When: cron in UTC, or `@on-demand`.',
  },
  COPY_MODE: {
    in: ['node'],
    form: 'choice',
    values: COPY_MODES,
    onlyWith: ['TYPE copy'],
    default: 'append',
    ids: ['DFP-06', 'DF-09'],
    doc: 'Add to the rows or replace them.',
  },
} as const satisfies Record<string, Instruction>;
