export {
  createDataSource,
  type DataSourceNeeds,
  type NewDataSource,
  removeDataSource,
  removeUnfinished,
} from './create.js';
export { describeDataSource, type NewColumn, pickAttributes, tableStatistics, usedBy } from './describe.js';
export { recogniseRepeats } from './repeats.js';
export { dataSourceRoutes } from './routes.js';
export type { DataSource, StoredColumn, StoredEngine } from './store.js';
export { CREATE_TABLE_SETTINGS, QUARANTINE_COLUMNS, quarantineName } from './tables.js';
