export { type CheckContext, type CheckedEvents, EventChecker } from './checkEvents.js';
export { eventRoutes } from './routes.js';
export { RowWriter } from './writer.js';
