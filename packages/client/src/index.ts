export { type ClientOptions, GoldcrestClient } from './client.js';
export { ApiReplyError } from './error.js';
export type {
  ColumnInfo,
  DataSourceInfo,
  DataSourceOptions,
  EventsOptions,
  IngestionCounts,
  NewPipe,
  NodeInfo,
  PipeInfo,
  QueryReply,
} from './replies.js';
