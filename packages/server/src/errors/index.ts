export { ApiError, type ErrorExtras } from './apiError.js';
export { catalogue, type ErrorCode, type ErrorValues } from './catalogue.js';
