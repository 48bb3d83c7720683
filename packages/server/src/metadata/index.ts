export {
  MetadataCorruptError,
  MetadataOpenError,
  MetadataTooNewError,
  NameTakenError,
  RecordMissingError,
} from './errors.js';
export { newResourceId } from './ids.js';
export { type Metadata, type MetadataOptions, openMetadata } from './open.js';
export { type Clock, timestamp } from './timestamp.js';
