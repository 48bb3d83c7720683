export { type PipeNeeds, type PipeRequest, savePipe } from './change.js';
export { changeOf, type PipeRoutesNeeds } from './context.js';
export { findNode } from './nodes.js';
export { pipeRoutes } from './routes.js';
