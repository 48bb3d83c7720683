export { type Config, readConfig } from './config/index.js';
export { type CheckContext, EventChecker } from './ingestion/index.js';
export { type LogDisk, type LogFile, nodeDisk, type Syncing } from './ingestion/log/disk.js';
export { type Server, type ServerOptions, startServer } from './server.js';
