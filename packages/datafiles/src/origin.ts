import type { TextBlock } from './block.js';
import {
  BUCKET_SERVICES,
  IMPORT_SERVICES,
  IMPORT_STRATEGIES,
  OFFSET_RESETS,
  TABLE_SERVICES,
} from './choices.js';
import type { Fields } from './fields.js';
import { type KafkaConnection, printKafkaConnection, readKafkaConnection } from './kafkaConnection.js';
import type { Printer } from './printer.js';

/** A Kafka topic. (DFD-18, DFD-19) */
export interface KafkaOrigin {
  kind: 'kafka';
  connectionName: string | null;
  topic: string | null;
  groupId: string | null;
  autoOffsetReset: (typeof OFFSET_RESETS)[number];
  storeRawValue: boolean;
  storeHeaders: boolean;
  storeBinaryHeaders: boolean;
  targetPartitions: string | null;
  keyAvroDeserialization: string | null;
  /** Settings of a connection that is made with the Data Source; all null when it exists already. */
  connection: KafkaConnection;
}

/** What all IMPORT instructions share. (DFD-21, DFD-22) */
interface ImportOrigin {
  connectionName: string | null;
  /** Five cron fields, `@auto` or `@on-demand`. */
  schedule: string | null;
  strategy: (typeof IMPORT_STRATEGIES)[number] | null;
}

/** Files of a bucket. `service` is null when only the connection says it. (DFD-24) */
export interface BucketOrigin extends ImportOrigin {
  kind: 'bucket';
  service: (typeof BUCKET_SERVICES)[number] | null;
  bucketUri: string | null;
  /** Files before this time are left out, `YYYY-MM-DDTHH:MM:SSZ`. */
  from: string | null;
}

/** A table or query of another database. `service` is null when only the connection says it. (DFD-23) */
export interface TableOrigin extends ImportOrigin {
  kind: 'table';
  service: (typeof TABLE_SERVICES)[number] | null;
  externalDatasource: string | null;
  query: TextBlock | null;
}

/** A DynamoDB table. (DFD-25) */
export interface DynamodbOrigin extends ImportOrigin {
  kind: 'dynamodb';
  tableArn: string | null;
  exportBucket: string | null;
}

/** Where the rows of a Data Source come from when nobody sends them. (DFD-18…DFD-25) */
export type Origin = KafkaOrigin | BucketOrigin | TableOrigin | DynamodbOrigin;

/** Reads the KAFKA and IMPORT instructions of a Data Source; null when it has none. */
export function readOrigin(fields: Fields): Origin | null {
  const names = fields.names();
  const isKafka = names.some((name) => name.startsWith('KAFKA_'));
  const importing = names.find((name) => name.startsWith('IMPORT_'));
  if (importing === undefined) return isKafka ? readKafka(fields) : null;
  if (isKafka) fields.report(importing, 'A Data Source reads from Kafka or imports, not both.');
  return readImport(fields);
}

function readKafka(fields: Fields): KafkaOrigin {
  return {
    kind: 'kafka',
    connectionName: fields.text('KAFKA_CONNECTION_NAME'),
    topic: fields.text('KAFKA_TOPIC'),
    groupId: fields.text('KAFKA_GROUP_ID'),
    autoOffsetReset: fields.choice('KAFKA_AUTO_OFFSET_RESET', OFFSET_RESETS) ?? 'latest',
    storeRawValue: fields.flag('KAFKA_STORE_RAW_VALUE') ?? false,
    storeHeaders: fields.flag('KAFKA_STORE_HEADERS') ?? false,
    storeBinaryHeaders: fields.flag('KAFKA_STORE_BINARY_HEADERS') ?? true,
    targetPartitions: fields.text('KAFKA_TARGET_PARTITIONS'),
    keyAvroDeserialization: fields.text('KAFKA_KEY_AVRO_DESERIALIZATION'),
    connection: readKafkaConnection(fields),
  };
}

function readImport(fields: Fields): Origin {
  const service = fields.choice('IMPORT_SERVICE', IMPORT_SERVICES);
  const shared = {
    connectionName: fields.text('IMPORT_CONNECTION_NAME'),
    schedule: fields.schedule('IMPORT_SCHEDULE'),
    strategy: fields.choice('IMPORT_STRATEGY', IMPORT_STRATEGIES),
  };
  if (service === 'dynamodb' || fields.has('IMPORT_TABLE_ARN')) {
    const [tableArn, exportBucket] = [fields.text('IMPORT_TABLE_ARN'), fields.text('IMPORT_EXPORT_BUCKET')];
    return { kind: 'dynamodb', ...shared, tableArn, exportBucket };
  }
  const bucket = BUCKET_SERVICES.find((each) => each === service) ?? null;
  if (bucket !== null || fields.has('IMPORT_BUCKET_URI')) {
    const from = fields.text('IMPORT_FROM_DATETIME') ?? fields.text('IMPORT_FROM_TIMESTAMP');
    return { kind: 'bucket', service: bucket, ...shared, bucketUri: fields.text('IMPORT_BUCKET_URI'), from };
  }
  return {
    ...readTable(fields),
    ...shared,
    service: TABLE_SERVICES.find((each) => each === service) ?? null,
  };
}

function readTable(fields: Fields): Pick<TableOrigin, 'kind' | 'externalDatasource' | 'query'> {
  const externalDatasource = fields.text('IMPORT_EXTERNAL_DATASOURCE');
  const query = fields.block('IMPORT_QUERY');
  if (externalDatasource === null && query === null) {
    const message = 'The import says nothing about what to import.';
    const hint = 'Add IMPORT_BUCKET_URI, IMPORT_EXTERNAL_DATASOURCE, IMPORT_QUERY or IMPORT_TABLE_ARN.';
    fields.problems.add(fields.position, message, hint);
  }
  return { kind: 'table', externalDatasource, query };
}

/** Prints what `readOrigin` reads. */
export function printOrigin(printer: Printer, origin: Origin): void {
  printer.part();
  if (origin.kind === 'kafka') printKafka(printer, origin);
  else printImport(printer, origin);
}

function printImport(printer: Printer, origin: BucketOrigin | TableOrigin | DynamodbOrigin): void {
  printer
    .value('IMPORT_SERVICE', origin.kind === 'dynamodb' ? 'dynamodb' : origin.service)
    .value('IMPORT_CONNECTION_NAME', origin.connectionName);
  if (origin.kind === 'bucket') {
    printer.value('IMPORT_BUCKET_URI', origin.bucketUri).value('IMPORT_FROM_DATETIME', origin.from);
  } else if (origin.kind === 'dynamodb') {
    printer.value('IMPORT_TABLE_ARN', origin.tableArn).value('IMPORT_EXPORT_BUCKET', origin.exportBucket);
  } else printer.value('IMPORT_EXTERNAL_DATASOURCE', origin.externalDatasource);
  printer.value('IMPORT_SCHEDULE', origin.schedule).value('IMPORT_STRATEGY', origin.strategy);
  if (origin.kind === 'table') printer.part().block('IMPORT_QUERY', origin.query?.text ?? null);
}

function printKafka(printer: Printer, origin: KafkaOrigin): void {
  printer.value('KAFKA_CONNECTION_NAME', origin.connectionName);
  printKafkaConnection(printer, origin.connection);
  printer
    .value('KAFKA_TOPIC', origin.topic)
    .value('KAFKA_GROUP_ID', origin.groupId)
    .value('KAFKA_AUTO_OFFSET_RESET', origin.autoOffsetReset)
    .value('KAFKA_STORE_RAW_VALUE', origin.storeRawValue)
    .value('KAFKA_STORE_HEADERS', origin.storeHeaders)
    .value('KAFKA_STORE_BINARY_HEADERS', origin.storeBinaryHeaders)
    .value('KAFKA_TARGET_PARTITIONS', origin.targetPartitions)
    .value('KAFKA_KEY_AVRO_DESERIALIZATION', origin.keyAvroDeserialization);
}
