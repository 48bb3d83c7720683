export { type ClusterEngineOptions, openClusterEngine } from './cluster/open.js';
export { type EmbeddedEngineOptions, openEmbeddedEngine } from './embedded/open.js';
export type {
  CommandRequest,
  Engine,
  InsertCost,
  InsertFileRequest,
  InsertFormat,
  QueryCost,
  QueryRequest,
  QueryResult,
  Settings,
  SettingValue,
  SpooledResult,
  SpoolRequest,
  StreamRequest,
} from './engine.js';
export {
  EngineBusyError,
  EngineClosedError,
  EngineError,
  EngineLockedError,
  EngineUnavailableError,
  QueryCancelledError,
} from './errors.js';
