import { ApiError } from '../errors/index.js';

/** When to try again what was refused for want of room. */
export const SOON = { 'Retry-After': '1' };

/** The refusal of events for which there is no room just now. */
export function overloaded(): ApiError {
  return ApiError.of('ingestion_overloaded', {}, { headers: SOON });
}
