import type { EngineError } from '@goldcrest/engine';
import { ApiError } from './apiError.js';
import { databaseErrors } from './databaseErrors.js';

/** What the system says when a disk is full, as the engine passes it on with several codes. */
const NO_SPACE = /No space left on device|ENOSPC/i;

/** Whether the engine could not write because its disk is full. */
export function isOutOfSpace(error: EngineError): boolean {
  return error.code === databaseErrors.NOT_ENOUGH_SPACE || NO_SPACE.test(error.message);
}

/** The answer to a request that a full disk keeps from being carried out. */
export function outOfSpace(cause: Error): ApiError {
  const headers = { 'Retry-After': '1' };
  return ApiError.of('unavailable', { state: 'out of space on its disk' }, { headers, cause });
}
