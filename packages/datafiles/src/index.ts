export { locate, type TextBlock } from './block.js';
export {
  EXTENSIONS,
  type FileKind,
  type Form,
  INSTRUCTIONS,
  type Instruction,
  type InstructionName,
  instructionsOf,
  type Place,
} from './catalogue/index.js';
export { ENGINES } from './choices.js';
export {
  type ConnectionDefinition,
  type ConnectionTarget,
  parseConnection,
  printConnection,
} from './connection.js';
export { type DatasourceDefinition, parseDatasource, printDatasource } from './datasource.js';
export type { EngineDefinition } from './engine.js';
export type { Positions, Setting } from './fields.js';
export { type IncludeDefinition, type IncludeStatement, parseInclude, printInclude } from './include.js';
export { INCLUDE_DEPTH_MAX, type Include, TEXT_LENGTH_MAX } from './includes.js';
export type { KafkaConnection } from './kafkaConnection.js';
export type {
  CopyNode,
  DefaultNode,
  EndpointNode,
  MaterializedNode,
  PipeNode,
  SinkNode,
} from './node.js';
export type { ParseOptions } from './options.js';
export type { BucketOrigin, DynamodbOrigin, KafkaOrigin, Origin, TableOrigin } from './origin.js';
export {
  NODES_MAX,
  type PipeDefinition,
  type PipeInclude,
  type PipeType,
  parsePipe,
  pipeType,
  printPipe,
} from './pipe.js';
export { type Parsed, type Position, PROBLEMS_MAX, type Problem } from './problem.js';
export type { SharedDefinition } from './resource.js';
export type { BucketSink, KafkaSink, Sink } from './sink.js';
export type { SkipIndex } from './skipIndex.js';
export { resourceName } from './source.js';
export type { TokenGrant } from './tokenGrant.js';
