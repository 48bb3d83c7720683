import { type AddressList, EXTERNAL_FUNCTIONS, externalCalls, isSignificant, lex } from '@goldcrest/sql';
import type { Settings } from './engine.js';
import { EngineError } from './errors.js';

/**
 * Settings of a read that reaches other servers. `readonly = 1` would refuse it; with 2 it still writes nothing. No redirect is
 * followed, because it could lead elsewhere, and a server that does not answer is given up within seconds.
 */
export const EXTERNAL_SETTINGS: Settings = {
  readonly: 2,
  max_http_get_redirects: 0,
  s3_max_redirects: 0,
  http_max_tries: 2,
  s3_retry_attempts: 1,
  postgresql_connection_pool_retries: 1,
  external_storage_connect_timeout_sec: 5,
};

/**
 * A second fence behind the gate, which reads the words of a query and not its tree: every call of a table function that reads
 * from another server names an address that the server's operator allows, and nothing is inserted anywhere.
 *
 * @throws EngineError with the engine's own number for an address that may not be reached
 */
export function checkExternal(sql: string, addresses: AddressList): void {
  for (const token of lex(sql).filter(isSignificant)) {
    if (token.kind === 'word' && token.text.toUpperCase() === 'INSERT') throw notAllowed('INSERT');
  }
  for (const call of externalCalls(sql)) {
    const text = call.arguments[0]?.value;
    const address =
      text === undefined ? undefined : EXTERNAL_FUNCTIONS.get(call.name.toLowerCase())?.addressOf(text);
    if (address === undefined || !addresses.allows(address))
      throw notAllowed(`${call.name}(…) to this address`);
  }
}

function notAllowed(what: string): EngineError {
  return new EngineError(
    `${what} is not allowed: the server was started without it among its external addresses. (UNACCEPTABLE_URL)`,
    491,
    'UNACCEPTABLE_URL',
  );
}
