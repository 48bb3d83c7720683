import type { Content, Schema } from '../document.js';
import { type DescribedRoutes, flag, OUTPUT_PARAMETERS, reference, text } from './described.js';

const PARAMETERS: Readonly<Record<string, Schema>> = {
  q: text('One SELECT. `FORMAT` at its end chooses the format of the reply.'),
  pipeline: text('Name or id of the Pipe that `_` stands for.'),
  ...OUTPUT_PARAMETERS,
  explain: flag('Tells what the query would do instead of running it. Only for admins.'),
};

const REPLY: Content = {
  'application/json': { schema: reference('Result') },
  'application/x-ndjson': { schema: { type: 'string' } },
  'text/csv': { schema: { type: 'string' } },
  'text/tab-separated-values': { schema: { type: 'string' } },
  'text/plain': { schema: { type: 'string' } },
  'application/vnd.apache.parquet': { schema: { type: 'string', format: 'binary' } },
};

const BODY: Schema = { type: 'object', properties: PARAMETERS, additionalProperties: true };

/** The Query API (QY-01…QY-15). */
export const QUERY_ROUTES: DescribedRoutes = {
  'GET /v0/sql': {
    summary: 'Run SQL',
    needs: 'DATASOURCES:READ or PIPES:READ on everything that the query names',
    query: PARAMETERS,
    required: ['q'],
    reply: { status: 200, description: 'The result.', content: REPLY },
    errors: [404, 408, 429],
  },
  'POST /v0/sql': {
    summary: 'Run SQL that is too long for a URL',
    needs: 'DATASOURCES:READ or PIPES:READ on everything that the query names',
    query: PARAMETERS,
    body: {
      description: 'The SQL itself, or the parameters as a form or in JSON.',
      required: false,
      content: {
        'text/plain': { schema: { type: 'string' } },
        'application/json': { schema: BODY },
        'application/x-www-form-urlencoded': { schema: BODY },
      },
    },
    reply: { status: 200, description: 'The result.', content: REPLY },
    errors: [404, 408, 413, 429],
  },
};
