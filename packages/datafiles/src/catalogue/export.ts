import {
  EXPORT_COMPRESSIONS,
  EXPORT_FORMATS,
  EXPORT_SERVICES,
  EXPORT_STRATEGIES,
  WRITE_STRATEGIES,
} from '../choices.js';
import type { Instruction } from './instruction.js';

const SINK = ['TYPE sink'] as const;

/** Sinks: writing a node's rows to a bucket or a Kafka topic. */
export const EXPORT = {
  EXPORT_SERVICE: {
    in: ['node'],
    form: 'choice',
    values: EXPORT_SERVICES,
    onlyWith: SINK,
    ids: ['DFP-09'],
    doc: 'What is written to; may be left out when the other lines say it.',
  },
  EXPORT_CONNECTION_NAME: {
    in: ['node'],
    form: 'text',
    requiredWith: SINK,
    onlyWith: SINK,
    ids: ['DFP-09'],
    doc: 'The connection to write through.',
  },
  EXPORT_SCHEDULE: {
    in: ['node'],
    form: 'schedule',
    onlyWith: SINK,
    default: '@on-demand',
    ids: ['DFP-09', 'DFP-12'],
    doc: 'When: cron in UTC, or `@on-demand`.',
  },
  EXPORT_BUCKET_URI: {
    in: ['node'],
    form: 'text',
    requiredWith: ['EXPORT_SERVICE s3', 'EXPORT_SERVICE s3_iamrole', 'EXPORT_SERVICE gcs_hmac'],
    onlyWith: SINK,
    ids: ['DFP-10'],
    doc: "Bucket and path of the files, without the file's name.",
  },
  EXPORT_FILE_TEMPLATE: {
    in: ['node'],
    form: 'text',
    requiredWith: ['EXPORT_BUCKET_URI'],
    onlyWith: SINK,
    ids: ['DFP-10'],
    doc: 'Names of the files; `{column}` splits by its value.',
  },
  EXPORT_FORMAT: {
    in: ['node'],
    form: 'choice',
    values: EXPORT_FORMATS,
    onlyWith: SINK,
    default: 'csv',
    ids: ['DFP-10', 'DFP-N2'],
    doc: 'Format of the rows.',
  },
  EXPORT_COMPRESSION: {
    in: ['node'],
    form: 'choice',
    values: EXPORT_COMPRESSIONS,
    onlyWith: SINK,
    default: 'none',
    ids: ['DFP-10'],
    doc: 'Compression of the files.',
  },
  EXPORT_WRITE_STRATEGY: {
    in: ['node'],
    form: 'choice',
    values: WRITE_STRATEGIES,
    onlyWith: SINK,
    default: 'new',
    ids: ['DFP-10', 'DFP-N1'],
    doc: 'Keep a file of the same name and write another one, or replace it.',
  },
  EXPORT_STRATEGY: {
    in: ['node'],
    form: 'choice',
    values: EXPORT_STRATEGIES,
    onlyWith: SINK,
    ids: ['DFP-10', 'DFP-N1'],
    doc: 'Older spelling of `EXPORT_WRITE_STRATEGY`: `@new` is new, `replace` is truncate.',
  },
  EXPORT_KAFKA_TOPIC: {
    in: ['node'],
    form: 'text',
    requiredWith: ['EXPORT_SERVICE kafka'],
    onlyWith: SINK,
    ids: ['DFP-11'],
    doc: 'The topic to write to.',
  },
} as const satisfies Record<string, Instruction>;
