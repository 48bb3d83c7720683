export { CallLog } from './callLog.js';
export { isServiceTable, serviceTableError } from './names.js';
export type { Materialization, Operation } from './operation.js';
export { OperationLog } from './operationLog.js';
export { prepareServiceTables } from './prepareTables.js';
