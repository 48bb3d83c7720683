import {
  type BUCKET_SERVICES,
  EXPORT_COMPRESSIONS,
  EXPORT_FORMATS,
  EXPORT_SERVICES,
  EXPORT_STRATEGIES,
  WRITE_STRATEGIES,
} from './choices.js';
import type { Fields } from './fields.js';
import type { Printer } from './printer.js';

/** What all sinks share. (DFP-09, DFP-10) */
interface SinkTarget {
  connectionName: string | null;
  /** Five cron fields or `@on-demand`. */
  schedule: string;
  format: (typeof EXPORT_FORMATS)[number];
  compression: (typeof EXPORT_COMPRESSIONS)[number];
  writeStrategy: (typeof WRITE_STRATEGIES)[number];
}

/** Files of a bucket. `service` is null when only the connection says it. (DFP-10) */
export interface BucketSink extends SinkTarget {
  kind: 'bucket';
  service: (typeof BUCKET_SERVICES)[number] | null;
  bucketUri: string | null;
  fileTemplate: string | null;
}

/** A Kafka topic. (DFP-11) */
export interface KafkaSink extends SinkTarget {
  kind: 'kafka';
  topic: string | null;
}

/** Where a sink node writes its rows. (DFP-09) */
export type Sink = BucketSink | KafkaSink;

/** Reads the EXPORT instructions of a node. */
export function readSink(fields: Fields): Sink {
  const service = fields.choice('EXPORT_SERVICE', EXPORT_SERVICES);
  const shared = {
    connectionName: fields.text('EXPORT_CONNECTION_NAME'),
    schedule: fields.schedule('EXPORT_SCHEDULE') ?? '@on-demand',
    format: fields.choice('EXPORT_FORMAT', EXPORT_FORMATS) ?? 'csv',
    compression: fields.choice('EXPORT_COMPRESSION', EXPORT_COMPRESSIONS) ?? 'none',
    writeStrategy: readWriteStrategy(fields),
  };
  const topic = fields.text('EXPORT_KAFKA_TOPIC');
  if (service === 'kafka' || (service === null && topic !== null)) return { kind: 'kafka', ...shared, topic };
  return {
    kind: 'bucket',
    service,
    ...shared,
    bucketUri: fields.text('EXPORT_BUCKET_URI'),
    fileTemplate: fields.text('EXPORT_FILE_TEMPLATE'),
  };
}

/** `@new` is new and `replace` is truncate. (DFP-N1) */
function readWriteStrategy(fields: Fields): Sink['writeStrategy'] {
  const written = fields.choice('EXPORT_WRITE_STRATEGY', WRITE_STRATEGIES);
  const older = fields.choice('EXPORT_STRATEGY', EXPORT_STRATEGIES);
  return written ?? (older === 'truncate' || older === 'replace' ? 'truncate' : 'new');
}

/** Prints what `readSink` reads. */
export function printSink(printer: Printer, sink: Sink): void {
  printer
    .value('EXPORT_SERVICE', sink.kind === 'kafka' ? 'kafka' : sink.service)
    .value('EXPORT_CONNECTION_NAME', sink.connectionName);
  if (sink.kind === 'kafka') printer.value('EXPORT_KAFKA_TOPIC', sink.topic);
  else {
    printer.value('EXPORT_BUCKET_URI', sink.bucketUri).value('EXPORT_FILE_TEMPLATE', sink.fileTemplate);
  }
  printer
    .value('EXPORT_SCHEDULE', sink.schedule)
    .value('EXPORT_FORMAT', sink.format)
    .value('EXPORT_COMPRESSION', sink.compression)
    .value('EXPORT_WRITE_STRATEGY', sink.writeStrategy);
}
