export { ApiError } from './apiError.js';
export type { ErrorCode } from './catalogue.js';
export { catalogue } from './catalogue.js';
export { databaseErrors } from './databaseErrors.js';
export { isOutOfSpace, outOfSpace } from './outOfSpace.js';
export { faultOf } from './serverFaults.js';
export { withoutDatabase } from './withoutDatabase.js';
export { withoutSql } from './withoutSql.js';
