import { json, type Schema } from '../document.js';
import { type Described, type DescribedRoutes, flag, list, object, reference, text } from './described.js';

const PATH = { name: 'Name or id of the Pipe.' };
const NODE_PATH = { ...PATH, node: 'Name or id of the node.' };
const VERSION_PATH = { ...PATH, version: 'Number of the version, from 1.' };

/** What the parameters of a node's routes set; its SQL is the body (PI-10, PI-13). */
const NODE_PARAMETERS: Readonly<Record<string, Schema>> = {
  name: text('Unique in the Pipe.'),
  description: text('Markdown.'),
  ignore_sql_errors: flag('Whether to store SQL that does not run.'),
};

/** What a node is materialized into (MV-02, PI-11). */
const TARGET_PARAMETERS: Readonly<Record<string, Schema>> = {
  datasource: text('Name of the Data Source; it is made with the columns of the node if it is not there.'),
  override_datasource: flag('Whether one that is there, holds no rows and is not used is made anew.'),
  engine: text(
    'Engine of a Data Source that is made. Further parameters that begin with `engine_` are its options.',
  ),
};

const SQL = 'One SELECT over Data Sources, other nodes of the Pipe and other Pipes; after `%` a template.';

function sqlBody(required: boolean): NonNullable<Described['body']> {
  return { description: SQL, required, content: { 'text/plain': { schema: { type: 'string' } } } };
}

const NODE: Described['reply'] = { status: 200, description: 'The node.', content: json(reference('Node')) };
const PIPE: Described['reply'] = { status: 200, description: 'The Pipe.', content: json(reference('Pipe')) };

/** Nodes, publishing and versions of Pipes. */
export const NODE_ROUTES: DescribedRoutes = {
  'POST /v0/pipes/:name/nodes': {
    summary: 'Add a node to a Pipe',
    path: PATH,
    query: {
      ...NODE_PARAMETERS,
      type: {
        type: 'string',
        enum: ['standard', 'endpoint', 'materialized'],
        description: '`endpoint` publishes it, `materialized` materializes it into `datasource`.',
      },
      ...TARGET_PARAMETERS,
      sql: text('The SQL, when it is not the body.'),
    },
    body: sqlBody(false),
    reply: NODE,
    errors: [404, 408, 409, 413, 501],
  },
  'PUT /v0/pipes/:name/nodes/:node': {
    summary: 'Change a node',
    path: NODE_PATH,
    query: {
      ...NODE_PARAMETERS,
      position: { type: 'integer', minimum: 0, description: 'Its place among the nodes.' },
      force: flag('Whether to rename it though others read it by its name.'),
    },
    body: sqlBody(false),
    reply: NODE,
    errors: [404, 408, 409, 413],
  },
  'DELETE /v0/pipes/:name/nodes/:node': {
    summary: 'Remove a node',
    path: NODE_PATH,
    reply: { status: 204, description: 'It is gone.' },
    errors: [404, 409],
  },
  'POST /v0/pipes/:name/nodes/:node/endpoint': {
    summary: 'Publish a node as the API Endpoint of its Pipe',
    path: NODE_PATH,
    reply: PIPE,
    errors: [404, 409],
  },
  'DELETE /v0/pipes/:name/nodes/:node/endpoint': {
    summary: 'Take the API Endpoint away',
    path: NODE_PATH,
    reply: PIPE,
    errors: [404, 409],
  },
  'POST /v0/pipes/:name/nodes/:node/materialization': {
    summary: 'Materialize a node: rows that come in go through it into a Data Source',
    path: NODE_PATH,
    query: TARGET_PARAMETERS,
    required: ['datasource'],
    body: sqlBody(false),
    reply: {
      status: 200,
      description:
        'The node; besides its fields the Data Source as `datasource`, and whether it was made as `created_datasource`.',
      content: json(reference('Node')),
    },
    errors: [404, 408, 409, 413, 501],
  },
  'DELETE /v0/pipes/:name/nodes/:node/materialization': {
    summary: 'Unlink a materialized node; it stays, and so does the Data Source',
    path: NODE_PATH,
    reply: { status: 204, description: 'No rows go through it any more.' },
    errors: [404, 409],
  },
  'GET /v0/pipes/:name/versions': {
    summary: 'List the versions of a Pipe, newest first',
    path: PATH,
    reply: {
      status: 200,
      description: 'The versions.',
      content: json(object({ versions: list(reference('Version')) })),
    },
    errors: [404],
  },
  'GET /v0/pipes/:name/versions/:version': {
    summary: 'Show what a Pipe was',
    path: VERSION_PATH,
    reply: { status: 200, description: 'The version.', content: json(reference('WholeVersion')) },
    errors: [404],
  },
  'POST /v0/pipes/:name/versions/:version/restore': {
    summary: 'Bring back what a Pipe was',
    path: VERSION_PATH,
    query: { ignore_sql_errors: flag('Whether to bring back nodes that no longer run.') },
    reply: PIPE,
    errors: [404, 408, 409],
  },
};
