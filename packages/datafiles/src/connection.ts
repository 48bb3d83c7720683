import { instructionsOf } from './catalogue/index.js';
import { CONNECTION_TYPES } from './choices.js';
import { Fields } from './fields.js';
import { type KafkaConnection, printKafkaConnection, readKafkaConnection } from './kafkaConnection.js';
import type { ParseOptions } from './options.js';
import { Printer } from './printer.js';
import type { Parsed } from './problem.js';
import { checkRelations, relationsOf } from './relations.js';
import { type ResourceDefinition, readFile } from './resource.js';

const RELATIONS = relationsOf(instructionsOf('connection'));

/** Buckets of S3. */
interface S3Connection {
  region: string | null;
  arn: string | null;
  accessKey: string | null;
  secret: string | null;
}

/** Buckets of Google Cloud Storage. */
interface GcsConnection {
  serviceAccountCredentials: string | null;
  hmacAccessId: string | null;
  hmacSecret: string | null;
}

/** What a connection leads to, with its settings. Values may hold `{{ tb_secret(…) }}`. (wild §1) */
export type ConnectionTarget =
  | { type: 'kafka'; kafka: KafkaConnection }
  | { type: 's3' | 's3_iamrole'; s3: S3Connection }
  | { type: 'gcs' | 'gcs_hmac'; gcs: GcsConnection }
  | { type: 'bigquery' | 'snowflake' | 'dynamodb' };

/** What a `.connection` file says. `target` is null when its TYPE can't be read. (DF-01, wild §1) */
export interface ConnectionDefinition extends ResourceDefinition {
  kind: 'connection';
  target: ConnectionTarget | null;
}

/**
 * Reads a `.connection` file. Everything wrong is reported in one go; nothing is thrown. (DF-01, DF-19)
 *
 * @param file path of the file, for messages and the connection's name
 */
export function parseConnection(
  text: string,
  file: string,
  options: ParseOptions = {},
): Parsed<ConnectionDefinition> {
  const { name, statements, problems, start } = readFile(text, file, 'connection', options);
  const fields = new Fields(statements, start, problems);
  if (!fields.has('TYPE'))
    problems.add(start, 'TYPE is missing.', `Allowed are ${CONNECTION_TYPES.join(', ')}.`);
  checkRelations(fields, RELATIONS);
  const definition: ConnectionDefinition = {
    kind: 'connection',
    name,
    description: fields.text('DESCRIPTION'),
    target: readTarget(fields),
    positions: fields.positions(),
  };
  return { definition, problems: problems.sorted() };
}

function readTarget(fields: Fields): ConnectionTarget | null {
  const type = fields.choice('TYPE', CONNECTION_TYPES);
  switch (type) {
    case null:
      return null;
    case 'kafka':
      return { type, kafka: readKafkaConnection(fields) };
    case 's3':
    case 's3_iamrole':
      return { type, s3: readS3(fields) };
    case 'gcs':
    case 'gcs_hmac':
      return { type, gcs: readGcs(fields) };
    default:
      return { type };
  }
}

function readS3(fields: Fields): S3Connection {
  return {
    region: fields.text('S3_REGION'),
    arn: fields.text('S3_ARN'),
    accessKey: fields.text('S3_ACCESS_KEY'),
    secret: fields.text('S3_SECRET'),
  };
}

function readGcs(fields: Fields): GcsConnection {
  return {
    serviceAccountCredentials: fields.text('GCS_SERVICE_ACCOUNT_CREDENTIALS_JSON'),
    hmacAccessId: fields.text('GCS_HMAC_ACCESS_ID'),
    hmacSecret: fields.text('GCS_HMAC_SECRET'),
  };
}

/** The text of a `.connection` file; `parseConnection` reads the same definition back, but for positions. */
export function printConnection({ target, description }: ConnectionDefinition): string {
  const printer = new Printer();
  printer.block('DESCRIPTION', description).value('TYPE', target?.type ?? null);
  if (target?.type === 'kafka') printKafkaConnection(printer, target.kafka);
  if (target !== null && 's3' in target) {
    printer
      .value('S3_REGION', target.s3.region)
      .value('S3_ARN', target.s3.arn)
      .value('S3_ACCESS_KEY', target.s3.accessKey)
      .value('S3_SECRET', target.s3.secret);
  }
  if (target !== null && 'gcs' in target) {
    printer
      .value('GCS_SERVICE_ACCOUNT_CREDENTIALS_JSON', target.gcs.serviceAccountCredentials)
      .value('GCS_HMAC_ACCESS_ID', target.gcs.hmacAccessId)
      .value('GCS_HMAC_SECRET', target.gcs.hmacSecret);
  }
  return printer.toString();
}
