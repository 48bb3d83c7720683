import { json } from '../document.js';
import { type DescribedRoutes, object, text } from './described.js';

/** The server itself: whether it is well, what it can do, the tokens of a local one. */
export const SERVER_ROUTES: DescribedRoutes = {
  'GET /health': {
    summary: 'Whether the process is up',
    reply: { status: 200, description: 'It is.', content: json(object({ status: text('`ok`') })) },
  },
  'GET /ready': {
    summary: 'Whether the engine and the metadata answer',
    reply: {
      status: 200,
      description: 'Both answer. With status 503 the same document says which one does not.',
      content: json(object({ status: text('`ok`'), engine: text('`ok`'), metadata: text('`ok`') })),
    },
    errors: [503],
  },
  'GET /tokens': {
    summary: "The default Workspace's tokens",
    description: 'Answers only to requests of the same machine, unless the server is configured otherwise.',
    reply: {
      status: 200,
      description: 'The tokens.',
      content: json(
        object({
          workspace_admin_token: text('May do everything in the Workspace.'),
          admin_token: text('The same.'),
          user_token: text('Stands for the user.'),
        }),
      ),
    },
    errors: [403, 404],
  },
  'GET /v0/openapi.json': {
    summary: 'This document',
    reply: { status: 200, description: 'It is OpenAPI 3.0.', content: json({ type: 'object' }) },
  },
};
