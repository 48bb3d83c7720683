import { json } from '../document.js';
import { choice, type DescribedRoutes, list, object, reference, text } from './described.js';

const PATH = { name: 'Name or id of the Pipe.' };
const NODE_PATH = { ...PATH, node: 'Name or id of the node.' };
const VERSION_PATH = { ...PATH, version: 'Number of the version, from 1.' };

const NODE_FIELDS = {
  name: text('Unique in the Pipe.'),
  description: text('Markdown.'),
  ignore_sql_errors: choice(
    'Whether the node is stored although its SQL is not right.',
    ['true', 'false'],
    'false',
  ),
};

const FORCE = choice('Whether it is done although SQL reads the old name.', ['true', 'false'], 'false');

const SQL_BODY = { 'text/plain': { schema: text('The SQL, in UTF-8.') } };

/** The nodes of Pipes, and what Pipes have been. */
export const NODE_ROUTES: DescribedRoutes = {
  'POST /v0/pipes/:name/nodes': {
    summary: 'Add a node at the end of a Pipe',
    path: PATH,
    query: {
      ...NODE_FIELDS,
      type: choice('`endpoint` publishes it at once.', ['standard', 'endpoint'], 'standard'),
    },
    body: { required: true, content: SQL_BODY },
    reply: { status: 200, description: 'The node.', content: json({ type: 'object' }) },
    errors: [404, 408, 409, 501],
  },
  'PUT /v0/pipes/:name/nodes/:node': {
    summary: 'Change a node',
    description: 'What is not sent stays as it is.',
    path: NODE_PATH,
    query: {
      ...NODE_FIELDS,
      position: { type: 'integer', minimum: 0, description: 'Its place among the nodes.' },
      force: FORCE,
    },
    body: { required: false, content: SQL_BODY },
    reply: { status: 200, description: 'The node.', content: json({ type: 'object' }) },
    errors: [404, 408, 409],
  },
  'DELETE /v0/pipes/:name/nodes/:node': {
    summary: 'Remove a node that is not published',
    path: NODE_PATH,
    reply: { status: 204, description: 'It is gone.' },
    errors: [404, 409],
  },
  'GET /v0/pipes/:name/versions': {
    summary: 'List what the Pipe was, newest first',
    path: PATH,
    reply: {
      status: 200,
      description: 'The versions.',
      content: json(object({ versions: list({ type: 'object' }) })),
    },
    errors: [404],
  },
  'GET /v0/pipes/:name/versions/:version': {
    summary: 'Show what the Pipe was',
    path: VERSION_PATH,
    reply: {
      status: 200,
      description: 'The version with the whole Pipe.',
      content: json({ type: 'object' }),
    },
    errors: [404],
  },
  'POST /v0/pipes/:name/versions/:version/restore': {
    summary: 'Bring a version back',
    path: VERSION_PATH,
    reply: { status: 200, description: 'The Pipe.', content: json(reference('Pipe')) },
    errors: [404, 409],
  },
};
