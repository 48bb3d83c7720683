/**
 * Every setting of the server, in one place: the flag, the environment variable, `--help` and docs/configuration.md come
 * from here. A flag wins over its environment variable, which wins over the default.
 */
export type SettingKind =
  | { type: 'text'; allowEmpty?: boolean }
  | { type: 'integer'; min: number; max: number; unit: string }
  | { type: 'choice'; values: readonly string[] };

/** One row of the settings table. */
export interface Setting {
  /** The flag, without the leading dashes. */
  flag: string;
  kind: SettingKind;
  default: string;
  about: string;
}

const MIB = 1024 * 1024;

export const settings = {
  host: {
    flag: 'host',
    kind: { type: 'text' },
    default: 'localhost',
    about: 'Address to listen on; 0.0.0.0 for all',
  },
  port: {
    flag: 'port',
    kind: { type: 'integer', min: 0, max: 65535, unit: '' },
    default: '7181',
    about: 'Port to listen on; 0 takes a free one',
  },
  data: {
    flag: 'data',
    kind: { type: 'text' },
    default: './data',
    about:
      'Directory that holds everything the server stores; for the embedded engine without * ? { } [ ] in its path',
  },
  logLevel: {
    flag: 'log-level',
    kind: { type: 'choice', values: ['debug', 'info', 'warn', 'error', 'silent'] },
    default: 'info',
    about: 'What to log; requests are logged at info, those that send events at debug',
  },
  publicUrl: {
    flag: 'public-url',
    kind: { type: 'text', allowEmpty: true },
    default: '',
    about:
      'URL under which clients reach the server; used in replies that hold links (default: from host and port)',
  },
  workspace: {
    flag: 'workspace',
    kind: { type: 'text' },
    default: 'Tinybird_Local_Testing',
    about: 'Name of the Workspace made at the first start',
  },
  tokensEndpoint: {
    flag: 'tokens-endpoint',
    kind: { type: 'choice', values: ['loopback', 'any', 'off'] },
    default: 'loopback',
    about: 'Who may read GET /tokens, which hands out the admin tokens without authentication',
  },
  metadataUrl: {
    flag: 'metadata-url',
    kind: { type: 'text', allowEmpty: true },
    default: '',
    about: 'postgres:// URL of the metadata database (default: SQLite in the data directory)',
  },
  engineUrl: {
    flag: 'engine-url',
    kind: { type: 'text', allowEmpty: true },
    default: '',
    about:
      'http:// URL of a ClickHouse server or cluster (default: the embedded engine in the data directory)',
  },
  secretKey: {
    flag: 'secret-key',
    kind: { type: 'text', allowEmpty: true },
    default: '',
    about:
      'Key that signs tokens, at least 32 characters; the same on every node (default: generated in the data directory)',
  },
  externalAddresses: {
    flag: 'external-addresses',
    kind: { type: 'text', allowEmpty: true },
    default: '',
    about:
      'Other servers that Workspaces may let their queries read from: host:port or *.domain:port, with commas between (default: none)',
  },
  queryConcurrency: {
    flag: 'query-concurrency',
    kind: { type: 'integer', min: 1, max: 256, unit: 'queries' },
    default: '8',
    about: 'Queries that run at the same time',
  },
  queryThreads: {
    flag: 'query-threads',
    kind: { type: 'integer', min: 1, max: 256, unit: 'threads' },
    default: '2',
    about: 'Threads of a query that runs alone; the more run at once, the fewer each gets',
  },
  queryQueue: {
    flag: 'query-queue',
    kind: { type: 'integer', min: 0, max: 100_000, unit: 'queries' },
    default: '200',
    about: 'Queries of one Workspace that may wait for their turn; more are answered with 429',
  },
  queryQueueSeconds: {
    flag: 'query-queue-seconds',
    kind: { type: 'integer', min: 1, max: 600, unit: 'seconds' },
    default: '10',
    about: 'How long a query may wait for its turn before it is answered with 429',
  },
  querySeconds: {
    flag: 'query-seconds',
    kind: { type: 'integer', min: 1, max: 86_400, unit: 'seconds' },
    default: '10',
    about: 'Longest time that a query may run (QY-18)',
  },
  queryMemoryBytes: {
    flag: 'query-memory-bytes',
    kind: { type: 'integer', min: 16 * MIB, max: 2 ** 50, unit: 'bytes' },
    default: String(4096 * MIB),
    about: 'Most memory that one query may use',
  },
  queryResultBytes: {
    flag: 'query-result-bytes',
    kind: { type: 'integer', min: 1024, max: 2 ** 40, unit: 'bytes' },
    default: String(100 * MIB),
    about: 'Largest result of a query (QY-18)',
  },
  queryStreams: {
    flag: 'query-streams',
    kind: { type: 'integer', min: 2, max: 100_000, unit: 'results' },
    default: '200',
    about:
      'Large results that may be on their way at once, of all Workspaces together; more are answered with 429',
  },
  querySpoolBytes: {
    flag: 'query-spool-bytes',
    kind: { type: 'integer', min: MIB, max: 2 ** 50, unit: 'bytes' },
    default: String(16 * 1024 * MIB),
    about: 'Most bytes that results on their way may take on the disk; beyond them the answer is 429',
  },
  querySqlBytes: {
    flag: 'query-sql-bytes',
    kind: { type: 'integer', min: 64, max: 16 * MIB, unit: 'bytes' },
    default: '8192',
    about: 'Longest SQL text of the Query API (QY-18)',
  },
  eventsBodyBytes: {
    flag: 'events-body-bytes',
    kind: { type: 'integer', min: 1024, max: 2 ** 30, unit: 'bytes' },
    default: String(10 * MIB),
    about: 'Largest body of the Events API, as sent and unpacked (EV-30)',
  },
  eventsRps: {
    flag: 'events-rps',
    kind: { type: 'integer', min: 0, max: 2 ** 31, unit: 'requests' },
    default: '100000',
    about:
      'Requests per second that the Events API takes for one Data Source; 0 for any number (EV-17, EV-30)',
  },
  eventsBytesSecond: {
    flag: 'events-bytes-second',
    kind: { type: 'integer', min: 0, max: 2 ** 50, unit: 'bytes' },
    default: String(1024 * MIB),
    about:
      'Bytes per second that the Events API takes for one Data Source, as sent; 0 for any number (EV-30)',
  },
  ingestFsync: {
    flag: 'ingest-fsync',
    kind: { type: 'choice', values: ['always', 'interval', 'off'] },
    default: 'always',
    about:
      'When events are synced to the disk: always before they are acknowledged, each second, or when the system does it',
  },
  ingestGatherMs: {
    flag: 'ingest-gather-ms',
    kind: { type: 'integer', min: 0, max: 60_000, unit: 'milliseconds' },
    default: '400',
    about:
      'How long acknowledged events wait for others before they are inserted together, unless a client waits for them',
  },
  ingestSegmentBytes: {
    flag: 'ingest-segment-bytes',
    kind: { type: 'integer', min: 1024, max: 64 * MIB, unit: 'bytes' },
    default: String(16 * MIB),
    about: 'Events of one Data Source that are inserted together at the most',
  },
  ingestBacklogBytes: {
    flag: 'ingest-backlog-bytes',
    kind: { type: 'integer', min: MIB, max: 2 ** 50, unit: 'bytes' },
    default: String(8192 * MIB),
    about:
      'Acknowledged events that may wait on the disk for the database; a Data Source gets half of what is free, and more are answered with 503',
  },
  ingestBacklogSeconds: {
    flag: 'ingest-backlog-seconds',
    kind: { type: 'integer', min: 1, max: 31_536_000, unit: 'seconds' },
    default: '3600',
    about: 'How long events of a Data Source may wait for the database before more are answered with 503',
  },
  callLog: {
    flag: 'call-log',
    kind: { type: 'choice', values: ['on', 'off'] },
    default: 'on',
    about: 'Whether calls of endpoints and of the Query API are kept in tinybird.pipe_stats_rt',
  },
} as const satisfies Record<string, Setting>;

/** The name of a setting in code. */
export type SettingName = keyof typeof settings;

/** The environment variable of a setting: `GOLDCREST_` and its flag in upper case. */
export function environmentVariable(setting: Setting): string {
  return `GOLDCREST_${setting.flag.toUpperCase().replaceAll('-', '_')}`;
}
