import { databaseErrors } from './databaseErrors.js';

/** The query took too long. */
const TIME_OUTS: ReadonlySet<number> = new Set([databaseErrors.TIMEOUT_EXCEEDED, databaseErrors.TOO_SLOW]);

/** Errors about which the author of a query can do nothing: the server is out of something, or broken. */
const SERVER_FAULTS: ReadonlySet<number> = new Set([
  databaseErrors.CHECKSUM_DOESNT_MATCH,
  databaseErrors.LOGICAL_ERROR,
  databaseErrors.CANNOT_READ_FROM_FILE_DESCRIPTOR,
  databaseErrors.CANNOT_WRITE_TO_FILE_DESCRIPTOR,
  databaseErrors.CANNOT_OPEN_FILE,
  databaseErrors.CANNOT_ALLOCATE_MEMORY,
  databaseErrors.SOCKET_TIMEOUT,
  databaseErrors.NETWORK_ERROR,
  databaseErrors.NO_ZOOKEEPER,
  databaseErrors.MEMORY_LIMIT_EXCEEDED,
  databaseErrors.TABLE_IS_READ_ONLY,
  databaseErrors.NOT_ENOUGH_SPACE,
  databaseErrors.CORRUPTED_DATA,
  databaseErrors.TOO_MANY_PARTS,
  databaseErrors.ALL_CONNECTION_TRIES_FAILED,
  databaseErrors.QUERY_WAS_CANCELLED,
  databaseErrors.SYSTEM_ERROR,
  databaseErrors.CANNOT_SCHEDULE_TASK,
  databaseErrors.KEEPER_EXCEPTION,
  databaseErrors.STD_EXCEPTION,
  databaseErrors.UNKNOWN_EXCEPTION,
]);

/** Whose fault a database error is, which decides the status of its answer (ERD-05). @param code the database's number */
export function faultOf(code: number): 'time' | 'server' | 'caller' {
  if (TIME_OUTS.has(code)) return 'time';
  return SERVER_FAULTS.has(code) ? 'server' : 'caller';
}
