import type { Instruction } from './instruction.js';

/** What every kind of file knows, and the parts of a Data Source that are not its engine or its import. */
export const COMMON = {
  DESCRIPTION: {
    in: ['datasource', 'pipe', 'node', 'connection'],
    form: 'prose',
    ids: ['DF-06'],
    doc: 'What it is for, as Markdown: on the same line, or a block below.',
  },
  TAGS: { in: ['datasource', 'pipe'], form: 'list', ids: ['DF-16'], doc: 'Names to group resources by.' },
  TOKEN: {
    in: ['datasource', 'pipe'],
    form: 'token',
    repeated: true,
    ids: ['DF-17'],
    doc: 'Gives the named token the scope on this resource; the token is created when there is none.',
  },
  VERSION: {
    in: ['datasource', 'pipe'],
    form: 'number',
    ids: ['DF-15'],
    doc: 'Version in older projects, where other files may write the name as `name__v1`.',
  },
  INCLUDE: {
    in: ['datasource', 'pipe'],
    form: 'include',
    repeated: true,
    ids: ['DF-10', 'DF-11', 'DF-14'],
    doc: 'Inserts another file, its path relative to this one; `"VAR=value"` replaces `$VAR` in it.',
  },
  SCHEMA: {
    in: ['datasource'],
    form: 'schema',
    required: true,
    ids: ['DFD-01', 'DFD-02', 'DFD-03', 'DFD-04', 'DFD-05'],
    doc: 'The columns: name, type, JSONPath, DEFAULT and CODEC.',
  },
  INDEXES: {
    in: ['datasource'],
    form: 'indexes',
    ids: ['DFD-16', 'EN-18'],
    doc: 'Data skipping indexes, one per line: `INDEX name expression TYPE type GRANULARITY n`.',
  },
  SHARED_WITH: {
    in: ['datasource'],
    form: 'list',
    ids: ['DFD-17'],
    doc: 'Workspaces that may read the Data Source, one per line.',
  },
  FORWARD_QUERY: {
    in: ['datasource'],
    form: 'sql',
    ids: ['DFD-27'],
    doc: 'How existing rows become rows of a changed schema when the Data Source is deployed.',
  },
  KEY: {
    in: ['datasource'],
    form: 'list',
    ids: ['DFD-09'],
    doc: 'Column of the Join copy that older projects read with `joinGet`.',
  },
} as const satisfies Record<string, Instruction>;
