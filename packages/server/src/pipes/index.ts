export type { Pipe, PipeNode } from './store.js';
export { pipeRoutes } from './routes.js';
