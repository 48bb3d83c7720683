export { removeUnfinished } from './create.js';
export { pickAttributes } from './describe.js';
export { dataSourceRoutes } from './routes.js';
export type { DataSource, StoredColumn } from './store.js';
export { QUARANTINE_COLUMNS, quarantineName } from './tables.js';
