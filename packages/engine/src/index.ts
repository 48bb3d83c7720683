export { type ClusterEngineOptions, openClusterEngine } from './cluster/open.js';
export { type EmbeddedEngineOptions, openEmbeddedEngine } from './embedded/open.js';
export type {
  CommandRequest,
  Engine,
  InsertFileRequest,
  InsertFormat,
  QueryRequest,
  QueryResult,
  Settings,
  SettingValue,
} from './engine.js';
export {
  EngineBusyError,
  EngineClosedError,
  EngineError,
  EngineLockedError,
  EngineUnavailableError,
  QueryCancelledError,
} from './errors.js';
