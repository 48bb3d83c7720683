export { type CheckContext, type CheckedEvents, EventChecker } from './checkEvents.js';
export { NewColumns } from './newColumns.js';
export { eventRoutes } from './routes.js';
export { RowWriter } from './writer.js';
