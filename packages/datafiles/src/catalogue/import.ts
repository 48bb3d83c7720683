import { IMPORT_SERVICES, IMPORT_STRATEGIES } from '../choices.js';
import type { Instruction } from './instruction.js';

/** Importing from buckets and other databases. */
export const IMPORT = {
  IMPORT_SERVICE: {
    in: ['datasource'],
    form: 'choice',
    values: IMPORT_SERVICES,
    ids: ['DFD-20', 'DFD-N2'],
    doc: 'What is imported from; may be left out when the other lines say it.',
  },
  IMPORT_CONNECTION_NAME: {
    in: ['datasource'],
    form: 'text',
    requiredWith: ['IMPORT_BUCKET_URI', 'IMPORT_TABLE_ARN', 'IMPORT_SERVICE snowflake'],
    ids: ['DFD-22', 'DFD-N3'],
    doc: 'The connection to read through.',
  },
  IMPORT_SCHEDULE: {
    in: ['datasource'],
    form: 'schedule',
    ids: ['DFD-21', 'DFD-N4'],
    doc: 'When: cron in UTC, `@auto` for new files as they come, `@on-demand` for never by itself.',
  },
  IMPORT_STRATEGY: {
    in: ['datasource'],
    form: 'choice',
    values: IMPORT_STRATEGIES,
    ids: ['DFD-22'],
    doc: 'Add to the rows or replace them.',
  },
  IMPORT_BUCKET_URI: {
    in: ['datasource'],
    form: 'text',
    requiredWith: ['IMPORT_SERVICE s3', 'IMPORT_SERVICE s3_iamrole'],
    ids: ['DFD-24'],
    doc: 'Bucket and pattern of the files, as `s3://bucket/path/*.csv`.',
  },
  IMPORT_FROM_DATETIME: {
    in: ['datasource'],
    form: 'text',
    onlyWith: ['IMPORT_BUCKET_URI'],
    ids: ['DFD-24', 'DFD-N1'],
    doc: 'Files before this time are left out, as `2024-01-31T00:00:00Z`.',
  },
  IMPORT_FROM_TIMESTAMP: {
    in: ['datasource'],
    form: 'text',
    onlyWith: ['IMPORT_BUCKET_URI'],
    ids: ['DFD-24', 'DFD-N1'],
    doc: 'The same as `IMPORT_FROM_DATETIME`.',
  },
  IMPORT_EXTERNAL_DATASOURCE: {
    in: ['datasource'],
    form: 'text',
    ids: ['DFD-23'],
    doc: 'Full name of the table that is imported, as `project.dataset.table`.',
  },
  IMPORT_QUERY: {
    in: ['datasource'],
    form: 'sql',
    ids: ['DFD-23'],
    doc: 'Query of the other database whose result is imported, with full names of tables.',
  },
  IMPORT_TABLE_ARN: {
    in: ['datasource'],
    form: 'text',
    requiredWith: ['IMPORT_SERVICE dynamodb'],
    ids: ['DFD-25'],
    doc: 'The DynamoDB table.',
  },
  IMPORT_EXPORT_BUCKET: {
    in: ['datasource'],
    form: 'text',
    requiredWith: ['IMPORT_SERVICE dynamodb'],
    ids: ['DFD-25'],
    doc: 'The bucket that DynamoDB writes its first export to.',
  },
} as const satisfies Record<string, Instruction>;
