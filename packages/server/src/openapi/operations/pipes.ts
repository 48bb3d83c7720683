import { type Content, json, type Schema } from '../document.js';
import { EXPORTED } from '../endpointReplies.js';
import {
  ATTRS,
  type Described,
  type DescribedRoutes,
  flag,
  list,
  OUTPUT_PARAMETERS,
  object,
  reference,
  text,
} from './described.js';

const PATH = { name: 'Name or id of the Pipe.' };

/** Parameters that choose what is shown of a Pipe (PI-05, PI-06). */
const SHOWN: Readonly<Record<string, Schema>> = {
  attrs: ATTRS,
  node_attrs: text('Only these fields of its nodes, separated by commas.'),
  dependencies: { type: 'boolean', description: 'Whether nodes say what they read.' },
};

const FORCE: Schema = flag('Whether to do it though others read it by its name.');
const IGNORE: Schema = flag('Whether to store SQL that does not run.');
const TAGS: Schema = text('Words, separated by commas.');
const MARKDOWN: Schema = { type: 'string', nullable: true, description: 'Markdown.' };

/** `POST /v0/pipes` with nodes (PI-07), with one node's SQL (PI-08), or as a copy (PI-09). */
const NEW_PIPE: Schema = {
  oneOf: [
    {
      type: 'object',
      properties: {
        name: text('Letters, digits and underscores.'),
        description: MARKDOWN,
        tags: list({ type: 'string' }),
        ignore_sql_errors: IGNORE,
        nodes: list({
          type: 'object',
          properties: {
            name: text('Unique in the Pipe. Made up when left out.'),
            sql: text(
              'One SELECT over Data Sources, other nodes of the Pipe and other Pipes; after `%` a template.',
            ),
            description: MARKDOWN,
            type: { type: 'string', enum: ['standard', 'endpoint'] },
            ignore_sql_errors: IGNORE,
          },
          required: ['sql'],
        }),
      },
      required: ['name', 'nodes'],
    },
    {
      type: 'object',
      properties: { name: { type: 'string' }, sql: text('The SQL of its only node.') },
      required: ['name', 'sql'],
    },
    {
      type: 'object',
      properties: { name: { type: 'string' }, from: text('Name or id of the Pipe to copy.') },
      required: ['name', 'from'],
    },
  ],
};

/** The two short ways, which take parameters of the URL or of a form as well (PI-08, PI-09, GN-07). */
const SHORT_PIPE: Readonly<Record<string, Schema>> = {
  name: text('Letters, digits and underscores.'),
  sql: text('The SQL of its only node.'),
  from: text('Name or id of the Pipe to copy.'),
  description: text('Markdown.'),
  tags: TAGS,
  type: {
    type: 'string',
    enum: ['standard', 'materialized', 'endpoint'],
    description:
      'What its only node is for: `endpoint` publishes it, `materialized` materializes it into `datasource`.',
  },
};

const PIPE: Described['reply'] = { status: 200, description: 'The Pipe.', content: json(reference('Pipe')) };

const RESULT_PARAMETERS: Readonly<Record<string, Schema>> = {
  q: text('SQL over the result, for which `_` stands.'),
  ...OUTPUT_PARAMETERS,
  explain: flag('Tells what the query would do instead of running it. Only for admins.'),
};

const PARAMETERS: Schema = { type: 'object', additionalProperties: true };

const RESULT: Content = { ...EXPORTED, ...json(reference('Result')) };
const PIPE_OR_RESULT: Content = {
  ...EXPORTED,
  ...json({ oneOf: [reference('Pipe'), reference('Result')] }),
};

/** Clients look for Pipes under `/v1` first. */
const LIST: Described = {
  summary: 'List the Pipes that the token may read',
  query: SHOWN,
  reply: {
    status: 200,
    description: 'The Pipes.',
    content: json(object({ pipes: list(reference('Pipe')) })),
  },
};

const READ: Described = {
  summary: 'Show a Pipe, or read its endpoint',
  description:
    'A name alone shows the Pipe, and with `.pipe` after it its datafile. With `.json`, `.csv`, `.ndjson`, `.parquet` or `.prometheus` the answer is the data of the published node. Parameters that are not listed here go to its template.',
  needs: 'PIPES:READ on the Pipe',
  path: { name: 'Name or id of the Pipe; for its data, a dot and the format after it.' },
  query: { ...SHOWN, ...RESULT_PARAMETERS, format: text('`pipe` for the datafile.') },
  reply: { status: 200, description: 'The Pipe, or the result.', content: PIPE_OR_RESULT },
  errors: [404, 408, 429],
};

/** The Pipes API, and the data of endpoints. */
export const PIPE_ROUTES: DescribedRoutes = {
  'GET /v0/pipes': LIST,
  'GET /v1/pipes': LIST,
  'GET /v0/pipes/:name': READ,
  'GET /v1/pipes/:name': READ,
  'GET /v0/pipes/openapi.json': {
    summary: 'The OpenAPI document of the endpoints that the token may read',
    reply: { status: 200, description: 'It is OpenAPI 3.0.', content: json({ type: 'object' }) },
    errors: [429],
  },
  'POST /v0/pipes': {
    summary: 'Make a Pipe from nodes, from the SQL of one node, or as a copy of another one',
    query: { ...SHORT_PIPE, ignore_sql_errors: IGNORE },
    body: {
      description: 'Left out when the parameters say it all.',
      required: false,
      content: {
        ...json(NEW_PIPE),
        'application/x-www-form-urlencoded': {
          schema: { type: 'object', properties: { ...SHORT_PIPE, ignore_sql_errors: IGNORE } },
        },
      },
    },
    reply: PIPE,
    errors: [404, 408, 409, 413, 415, 501],
  },
  'PUT /v0/pipes/:name': {
    summary: 'Change the name, the description or the tags of a Pipe',
    path: PATH,
    query: { name: text('The new name.'), description: text('Markdown.'), tags: TAGS, force: FORCE },
    reply: PIPE,
    errors: [404, 405, 409, 415],
  },
  'POST /v0/pipes/:name': {
    summary: 'Read an endpoint with parameters that are too long for a URL',
    needs: 'PIPES:READ on the Pipe',
    path: {
      name: 'Name or id of the Pipe, a dot and `json`, `csv`, `ndjson`, `parquet` or `prometheus`.',
    },
    query: RESULT_PARAMETERS,
    body: {
      description: 'Parameters of the template and of the query.',
      required: false,
      content: {
        'application/json': { schema: PARAMETERS },
        'application/x-www-form-urlencoded': { schema: PARAMETERS },
      },
    },
    reply: { status: 200, description: 'The result.', content: RESULT },
    errors: [404, 405, 408, 413, 415, 429],
  },
  'DELETE /v0/pipes/:name': {
    summary: 'Remove a Pipe',
    needs: 'PIPES:DROP on the Pipe',
    path: PATH,
    query: { force: FORCE },
    reply: { status: 204, description: 'It is gone.' },
    errors: [404, 405, 409],
  },
};
