import { json } from '../document.js';
import { choice, type DescribedRoutes, object, text } from './described.js';

/** The Events API (EV-01…EV-35). */
export const EVENT_ROUTES: DescribedRoutes = {
  'POST /v0/events': {
    summary: 'Send events',
    description:
      'The rows are stored and can be queried when the reply comes. A Data Source that does not exist is made from the events.',
    needs: 'DATASOURCES:APPEND on the Data Source, or DATASOURCES:CREATE, which also makes it',
    query: {
      name: text('Name or id of the Data Source.'),
      wait: { type: 'boolean', default: false, description: 'true is answered with 200, false with 202.' },
      'x-vercel-verify': text(
        'The code of a Vercel log drain; the reply has it as a header of the same name.',
      ),
      format: choice('One JSON object per line, or one JSON document.', ['ndjson', 'json'], 'ndjson'),
    },
    required: ['name'],
    body: {
      description: 'The events. `Content-Encoding: gzip` is unpacked; the media type does not matter.',
      required: true,
      content: {
        'application/x-ndjson': { schema: { type: 'string', example: '{"path": "/"}\n{"path": "/about"}' } },
        'application/json': { schema: { type: 'object', additionalProperties: true } },
      },
    },
    reply: {
      status: 202,
      description: 'How many rows were stored. With `wait=true` the status is 200.',
      content: json(object({ successful_rows: { type: 'integer' }, quarantined_rows: { type: 'integer' } })),
    },
    errors: [404, 409, 411, 413, 429, 503],
  },
};
