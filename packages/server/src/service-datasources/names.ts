import { type GateError, nearestName } from '@goldcrest/sql';
import { ApiError, databaseErrors } from '../errors/index.js';
import { SERVICE_DATABASE } from './prepareTables.js';
import { SERVICE_TABLES } from './tables.js';

const TABLES: readonly string[] = SERVICE_TABLES.map(({ name }) => name).sort();

/** The names by which queries know the Service Data Sources. */
const NAMES: readonly string[] = TABLES.map((name) => `${SERVICE_DATABASE}.${name}`);

const known: ReadonlySet<string> = new Set(NAMES);

/** Databases that have Service Data Sources; those of an organisation are in `organization`. */
const SERVICE_NAME = /^(?:tinybird|organization)\./i;

/** Whether this is the name of a Service Data Source, such as `tinybird.pipe_stats_rt` (SV-01). */
export function isServiceTable(name: string): boolean {
  return known.has(name);
}

/** What is answered when the gate refused a table that is named like a Service Data Source; undefined for any other refusal. */
export function serviceTableError(error: GateError): ApiError | undefined {
  const name = error.subject;
  if (error.kind !== 'table' || !SERVICE_NAME.test(name)) return undefined;
  if (isServiceTable(name)) {
    const headers = { 'X-DB-Exception-Code': String(databaseErrors.ACCESS_DENIED) };
    return ApiError.of('service_datasource_needs_admin', { name }, { headers, cause: error });
  }
  const near = nearestName(name.replace(SERVICE_NAME, ''), TABLES);
  const hint =
    near === undefined ? `It has ${NAMES.join(', ')}.` : `Did you mean \`${SERVICE_DATABASE}.${near}\`?`;
  const headers = { 'X-DB-Exception-Code': String(databaseErrors.UNKNOWN_TABLE) };
  return ApiError.of('service_datasource_not_found', { name, hint }, { headers, cause: error });
}
