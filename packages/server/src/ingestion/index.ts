export { type CheckContext, EventChecker } from './checkEvents.js';
export { flushOperation } from './flush/flushOperation.js';
export { INSERT_LIMITS, type InsertLimits } from './flush/insertLines.js';
export { type LogDisk, nodeDisk } from './log/disk.js';
export { NewColumns } from './newColumns.js';
export { eventRoutes } from './routes.js';
export { RowWriter } from './rowWriter.js';
