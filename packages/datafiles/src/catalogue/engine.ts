import { ENGINES } from '../choices.js';
import type { Instruction } from './instruction.js';

const PLACES = ['datasource', 'node'] as const;

/** The table behind a Data Source; in a materialized node, the table that it makes. (DFP-05) */
export const ENGINE = {
  ENGINE: {
    in: PLACES,
    form: 'choice',
    values: ENGINES,
    default: 'MergeTree',
    ids: ['DFD-08', 'EN-01', 'EN-02', 'EN-03', 'EN-04', 'EN-05', 'EN-06', 'EN-07'],
    doc: 'Table engine.',
  },
  ENGINE_SORTING_KEY: {
    in: PLACES,
    form: 'expression',
    ids: ['DFD-09', 'EN-10', 'EN-11'],
    doc: 'What rows are sorted by.',
  },
  SORTING_KEY: {
    in: PLACES,
    form: 'expression',
    ids: ['DFD-09'],
    doc: 'Older spelling of `ENGINE_SORTING_KEY`.',
  },
  ENGINE_PARTITION_KEY: {
    in: PLACES,
    form: 'expression',
    ids: ['DFD-10', 'EN-11', 'EN-12', 'EN-13'],
    doc: 'What rows are kept apart by; `""` and `tuple()` mean one partition.',
  },
  ENGINE_PRIMARY_KEY: {
    in: PLACES,
    form: 'expression',
    default: 'the sorting key',
    ids: ['DFD-11', 'EN-14'],
    doc: 'Start of the sorting key that is kept in memory.',
  },
  ENGINE_SAMPLING_KEY: {
    in: PLACES,
    form: 'expression',
    ids: ['DFD-11'],
    doc: 'What `SAMPLE` draws by; part of the primary key.',
  },
  ENGINE_TTL: {
    in: PLACES,
    form: 'expression',
    ids: ['DFD-12', 'EN-16'],
    doc: 'When rows are deleted, as `timestamp + toIntervalDay(60)`; `""` means never.',
  },
  ENGINE_VER: {
    in: PLACES,
    form: 'expression',
    ids: ['DFD-13', 'EN-03'],
    doc: 'ReplacingMergeTree: the row with the highest value of this column stays.',
  },
  ENGINE_IS_DELETED: {
    in: PLACES,
    form: 'expression',
    onlyWith: ['ENGINE_VER'],
    ids: ['DFD-13', 'EN-08'],
    doc: 'ReplacingMergeTree: column that is 1 in a row that deletes.',
  },
  ENGINE_SIGN: {
    in: PLACES,
    form: 'expression',
    requiredWith: ['ENGINE CollapsingMergeTree', 'ENGINE VersionedCollapsingMergeTree'],
    ids: ['DFD-14', 'EN-05'],
    doc: 'Column with 1 for a state and -1 for its cancellation.',
  },
  ENGINE_VERSION: {
    in: PLACES,
    form: 'expression',
    requiredWith: ['ENGINE VersionedCollapsingMergeTree'],
    ids: ['DFD-14', 'EN-06'],
    doc: 'Column with the version of the state.',
  },
  ENGINE_SETTINGS: {
    in: PLACES,
    form: 'settings',
    ids: ['DFD-15', 'EN-15'],
    doc: 'Settings of the table, as `index_granularity=8192`.',
  },
  ENGINE_JOIN_STRICTNESS: {
    in: PLACES,
    form: 'word',
    requiredWith: ['ENGINE Join'],
    ids: ['DFD-08'],
    doc: 'Join: `ANY` or `ALL`.',
  },
  ENGINE_JOIN_TYPE: {
    in: PLACES,
    form: 'word',
    requiredWith: ['ENGINE Join'],
    ids: ['DFD-08'],
    doc: 'Join: `LEFT`, `INNER`, …',
  },
  ENGINE_KEY_COLUMNS: {
    in: PLACES,
    form: 'list',
    requiredWith: ['ENGINE Join'],
    ids: ['DFD-08'],
    doc: 'Join: the columns that rows are found by.',
  },
} as const satisfies Record<string, Instruction>;
