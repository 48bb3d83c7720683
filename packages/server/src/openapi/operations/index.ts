import { DATA_SOURCE_ROUTES } from './datasources.js';
import type { DescribedRoutes } from './described.js';
import { EVENT_ROUTES } from './events.js';
import { EXTERNAL_ROUTES } from './external.js';
import { NODE_ROUTES } from './nodes.js';
import { PIPE_ROUTES } from './pipes.js';
import { QUERY_ROUTES } from './queries.js';
import { SERVER_ROUTES } from './server.js';

export type { Described, DescribedRoutes } from './described.js';
export { SCHEMAS } from './schemas.js';

/** What there is to say about the routes of the server, by API. A test compares it with the routes that are registered. */
export const DESCRIBED: Readonly<Record<string, DescribedRoutes>> = {
  Server: SERVER_ROUTES,
  'Data Sources': DATA_SOURCE_ROUTES,
  Events: EVENT_ROUTES,
  Pipes: { ...PIPE_ROUTES, ...NODE_ROUTES },
  Queries: { ...QUERY_ROUTES, ...EXTERNAL_ROUTES },
};
