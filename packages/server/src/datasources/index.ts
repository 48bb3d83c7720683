export { createDataSource, type DataSourceNeeds, removeUnfinished } from './create.js';
export { type NewColumn, pickAttributes } from './describe.js';
export { dataSourceRoutes } from './routes.js';
export type { DataSource, StoredColumn } from './store.js';
export { QUARANTINE_COLUMNS, quarantineName } from './tables.js';
