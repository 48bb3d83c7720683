export { type ClientOptions, GoldcrestClient } from './client.js';
export { ApiReplyError } from './error.js';
export { localToken } from './localToken.js';
export type {
  ColumnInfo,
  DataSourceInfo,
  DataSourceOptions,
  EventsOptions,
  IngestionCounts,
  NewPipe,
  NodeChanges,
  NodeInfo,
  NodeParameter,
  PipeChanges,
  PipeInfo,
  PipeVersionInfo,
  QueryReply,
} from './replies.js';
