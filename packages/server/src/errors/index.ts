export { ApiError } from './apiError.js';
export { catalogue, type ErrorCode } from './catalogue.js';
export { databaseErrors } from './databaseErrors.js';
export { faultOf } from './serverFaults.js';
export { withoutDatabase } from './withoutDatabase.js';
