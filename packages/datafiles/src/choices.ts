/** Table engines of a Data Source. (EN-01…EN-07, wild: Join) */
export const ENGINES = [
  'MergeTree',
  'ReplacingMergeTree',
  'SummingMergeTree',
  'AggregatingMergeTree',
  'CollapsingMergeTree',
  'VersionedCollapsingMergeTree',
  'Join',
  'Null',
] as const;

/** What a node is for; a node without TYPE is `default`. (DFP-03) */
export const NODE_TYPES = ['endpoint', 'materialized', 'copy', 'sink'] as const;

/** What a token may do with the resource that names it. (DF-17) */
export const TOKEN_SCOPES = ['READ', 'APPEND', 'CREATE'] as const;

/** How a copy writes its target. (DFP-06) */
export const COPY_MODES = ['append', 'replace'] as const;

/** Where a consumer group without a position starts to read. (DFD-19) */
export const OFFSET_RESETS = ['latest', 'earliest'] as const;

/** How Kafka brokers know a client. (DFD-19) */
export const SASL_MECHANISMS = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const;

/** How the wire to Kafka brokers is protected. (DFD-18) */
export const SECURITY_PROTOCOLS = ['SASL_SSL', 'SASL_PLAINTEXT', 'SSL', 'PLAINTEXT'] as const;

/** Services whose buckets are imported from and exported to. (DFD-20, DFP-09) */
export const BUCKET_SERVICES = ['s3', 's3_iamrole', 'gcs', 'gcs_hmac', 'gcs_service_account'] as const;

/** Services whose tables are imported. (DFD-20) */
export const TABLE_SERVICES = ['bigquery', 'snowflake'] as const;

/** Everything a Data Source imports from by IMPORT_SERVICE. (DFD-20) */
export const IMPORT_SERVICES = [...BUCKET_SERVICES, ...TABLE_SERVICES, 'dynamodb'] as const;

/** Whether an import replaces the rows or adds to them. (DFD-22) */
export const IMPORT_STRATEGIES = ['append', 'replace'] as const;

/** Everything a sink writes to. (DFP-09) */
export const EXPORT_SERVICES = [...BUCKET_SERVICES, 'kafka'] as const;

/** Formats of exported rows. (DFP-10) */
export const EXPORT_FORMATS = ['csv', 'ndjson', 'parquet', 'json'] as const;

/** Compression of exported files. (DFP-10) */
export const EXPORT_COMPRESSIONS = ['none', 'gz', 'br', 'xz', 'zst'] as const;

/** What a sink does with a file that is there already, as EXPORT_WRITE_STRATEGY says it. (DFP-10) */
export const WRITE_STRATEGIES = ['new', 'truncate'] as const;

/** The same as EXPORT_STRATEGY says it. (DFP-N1) */
export const EXPORT_STRATEGIES = ['@new', 'new', 'truncate', 'replace'] as const;

/** What a `.connection` file connects to. (DFD-20, wild: kafka, s3, bigquery) */
export const CONNECTION_TYPES = [
  'kafka',
  's3',
  's3_iamrole',
  'gcs',
  'gcs_hmac',
  'bigquery',
  'snowflake',
  'dynamodb',
] as const;
