export { NewColumns } from './newColumns.js';
export { eventRoutes } from './routes.js';
export { RowWriter } from './writer.js';
