import { json } from '../document.js';
import { type DescribedRoutes, list, object, text } from './described.js';

const PERMISSION = object({
  functions: list(text('A table function, such as `postgresql`.')),
  addresses: list(text("`host:port`, as the server's operator allows it.")),
});

/** What queries may read from other servers. */
export const EXTERNAL_ROUTES: DescribedRoutes = {
  'GET /v0/workspace/external-sources': {
    summary: 'Show which other servers the queries of the Workspace may read',
    reply: { status: 200, description: 'Functions and addresses.', content: json(PERMISSION) },
  },
  'PUT /v0/workspace/external-sources': {
    summary: 'Set which other servers the queries of the Workspace may read',
    body: { required: true, content: json(PERMISSION) },
    reply: { status: 200, description: 'Functions and addresses.', content: json(PERMISSION) },
    errors: [413],
  },
};
