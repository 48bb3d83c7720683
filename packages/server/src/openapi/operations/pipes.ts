import { type Content, json, type Schema } from '../document.js';
import { EXPORTED } from '../endpointReplies.js';
import {
  ATTRS,
  choice,
  type Described,
  type DescribedRoutes,
  list,
  OUTPUT_PARAMETERS,
  object,
  reference,
  text,
} from './described.js';

const PATH = { name: 'Name or id of the Pipe.' };
const NODE_PATH = { ...PATH, node: 'Name or id of the node.' };

const NEW_PIPE: Schema = {
  type: 'object',
  properties: {
    name: text('Letters, digits and underscores.'),
    description: { type: 'string', nullable: true, description: 'Markdown.' },
    nodes: list({
      type: 'object',
      properties: {
        name: text('Unique in the Pipe. Made up when left out.'),
        sql: text('One SELECT over Data Sources, other nodes of the Pipe and other Pipes.'),
        description: { type: 'string', nullable: true, description: 'Markdown.' },
      },
      required: ['sql'],
    }),
  },
  required: ['name', 'nodes'],
};

const RESULT_PARAMETERS: Readonly<Record<string, Schema>> = {
  q: text('SQL over the result, for which `_` stands.'),
  ...OUTPUT_PARAMETERS,
};

const PARAMETERS: Schema = { type: 'object', additionalProperties: true };

const ENDPOINT_NAME = {
  name: 'Name or id of the Pipe, a dot and `json`, `csv`, `ndjson`, `parquet` or `prometheus`.',
};

const PIPE_OR_RESULT: Content = {
  ...EXPORTED,
  ...json({ oneOf: [reference('Pipe'), reference('Result')] }),
};

const LISTED: Described = {
  summary: 'List the Pipes that the token may read',
  query: {
    attrs: ATTRS,
    node_attrs: text('Only these fields of nodes, separated by commas.'),
    dependencies: choice('Whether nodes list what they read.', ['true', 'false'], 'false'),
  },
  reply: {
    status: 200,
    description: 'The Pipes.',
    content: json(object({ pipes: list(reference('Pipe')) })),
  },
};

/** The Pipes API and the data of endpoints. */
export const PIPE_ROUTES: DescribedRoutes = {
  'GET /v0/pipes': LISTED,
  'GET /v1/pipes': LISTED,
  'POST /v0/pipes': {
    summary: 'Make a Pipe',
    description:
      'From JSON, from one SELECT (`name` and `sql`), or as a copy of another (`name` and `from`).',
    query: {
      name: text('Of a Pipe of one node, or of a copy.'),
      sql: text('Its SELECT.'),
      from: text('The Pipe to copy.'),
    },
    body: { required: false, content: json(NEW_PIPE) },
    reply: { status: 200, description: 'The Pipe.', content: json(reference('Pipe')) },
    errors: [408, 409, 413],
  },
  'GET /v0/pipes/openapi.json': {
    summary: 'The OpenAPI document of the endpoints that the token may read',
    reply: { status: 200, description: 'It is OpenAPI 3.0.', content: json({ type: 'object' }) },
  },
  'GET /v0/pipes/:name': {
    summary: 'Show a Pipe, or read its endpoint',
    description:
      'A name alone shows the Pipe. With `.json`, `.csv`, `.ndjson`, `.parquet` or `.prometheus` after it, the answer is the data of the published node. Parameters that are not listed here go to the template.',
    needs: 'PIPES:READ on the Pipe',
    path: { name: 'Name or id of the Pipe; for its data, a dot and the format after it.' },
    query: RESULT_PARAMETERS,
    reply: { status: 200, description: 'The Pipe, or the result.', content: PIPE_OR_RESULT },
    errors: [404, 408, 429],
  },
  'GET /v1/pipes/:name': {
    summary: 'Show a Pipe, or its datafile',
    needs: 'PIPES:READ on the Pipe',
    path: { name: 'Name or id of the Pipe; with `.pipe` after it, the answer is its datafile.' },
    reply: {
      status: 200,
      description: 'The Pipe.',
      content: { ...json(reference('Pipe')), 'text/plain': { schema: { type: 'string' } } },
    },
    errors: [404],
  },
  'PUT /v0/pipes/:name': {
    summary: 'Change the name, the description or the tags of a Pipe',
    path: PATH,
    query: {
      name: text('The new name.'),
      description: text('Markdown.'),
      tags: text('Separated by commas.'),
      force: choice('Whether it is done although SQL reads the old name.', ['true', 'false'], 'false'),
    },
    reply: { status: 200, description: 'The Pipe.', content: json(reference('Pipe')) },
    errors: [404, 409],
  },
  'POST /v0/pipes/:name': {
    summary: 'Read an endpoint with parameters that are too long for a URL',
    needs: 'PIPES:READ on the Pipe',
    path: ENDPOINT_NAME,
    query: RESULT_PARAMETERS,
    body: {
      description: 'Parameters of the template and of the query.',
      required: false,
      content: {
        'application/json': { schema: PARAMETERS },
        'application/x-www-form-urlencoded': { schema: PARAMETERS },
      },
    },
    reply: {
      status: 200,
      description: 'The result.',
      content: { ...EXPORTED, ...json(reference('Result')) },
    },
    errors: [404, 405, 408, 413, 429],
  },
  'DELETE /v0/pipes/:name': {
    summary: 'Remove a Pipe',
    needs: 'PIPES:DROP on the Pipe',
    path: PATH,
    reply: { status: 204, description: 'It is gone.' },
    errors: [404],
  },
  'POST /v0/pipes/:name/nodes/:node/endpoint': {
    summary: 'Publish a node as the API Endpoint of its Pipe',
    path: NODE_PATH,
    reply: { status: 200, description: 'The Pipe.', content: json(reference('Pipe')) },
    errors: [404],
  },
  'DELETE /v0/pipes/:name/nodes/:node/endpoint': {
    summary: 'Take the API Endpoint away',
    path: NODE_PATH,
    reply: { status: 200, description: 'The Pipe.', content: json(reference('Pipe')) },
    errors: [404],
  },
};
