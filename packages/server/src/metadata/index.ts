export { isDiskFull, NameTakenError, RecordChangedError } from './errors.js';
export { newResourceId } from './ids.js';
export { type Metadata, openMetadata } from './open.js';
export { type Clock, timestamp } from './timestamp.js';
