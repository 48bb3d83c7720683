export { type Config, readConfig } from './config/index.js';
export { type CheckContext, type CheckedEvents, EventChecker } from './ingestion/index.js';
export { type Server, type ServerOptions, startServer } from './server.js';
