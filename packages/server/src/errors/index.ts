export { ApiError } from './apiError.js';
export { catalogue, type ErrorCode } from './catalogue.js';
export { withoutDatabase } from './withoutDatabase.js';
