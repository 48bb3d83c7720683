import { EXTERNAL_FUNCTIONS, externalCalls } from '@goldcrest/sql';

/** Whether a text could hold a call at all; only then it is worth its tokens. */
const EXTERNAL_NAME = new RegExp([...EXTERNAL_FUNCTIONS.keys()].join('|'), 'i');

/** Stands in logs for what they must not hold. */
export const CUT_OUT = '***';

/** True for a parameter that no log may hold: a token, or SQL that can have a password of another server in it. */
export function isPrivate(name: string, value: string): boolean {
  if (name === 'token') return true;
  return name === 'q' && EXTERNAL_NAME.test(value) && externalCalls(value).length > 0;
}
