import type { RegisteredRoute } from '../http/registeredRoutes.js';
import {
  API_VERSION,
  type OpenApiDocument,
  type Operation,
  type Parameter,
  type PathItem,
  type Reply,
  SECURITY,
  SECURITY_SCHEMES,
} from './document.js';
import { type ErrorStatus, errorComponents, errorReferences } from './errorReplies.js';
import { DESCRIBED, type Described, SCHEMAS } from './operations/index.js';

/** Errors with which any route can answer that takes a token. */
const COMMON_ERRORS: readonly ErrorStatus[] = [400, 403, 414, 500, 503];

const METHODS = ['get', 'post', 'put', 'delete', 'patch'] as const;

/**
 * The OpenAPI document of the server's own API: every route that is registered, with what is said about it in `operations/`. A
 * route about which nothing is said is in it with its path and its access only.
 * @param host base URL of the server
 */
export function serverDocument(registered: readonly RegisteredRoute[], host: string): OpenApiDocument {
  const known = new Map(
    Object.entries(DESCRIBED).flatMap(([tag, routes]) =>
      Object.entries(routes).map(([route, described]) => [route, { ...described, tag }] as const),
    ),
  );
  const paths: Record<string, PathItem> = {};
  for (const route of registered) {
    const method = METHODS.find((name) => name === route.method.toLowerCase());
    if (method === undefined) continue;
    const described = known.get(`${route.method} ${route.url}`) ?? UNKNOWN;
    const path = route.url.replace(PLACE, '{$1}');
    paths[path] = { ...paths[path], [method]: operation(route, described) };
  }
  const used = Object.values(DESCRIBED).flatMap((routes) => Object.values(routes));
  const { schemas, responses } = errorComponents([
    ...new Set([...COMMON_ERRORS, ...used.flatMap(({ errors = [] }) => errors)]),
  ]);
  return {
    openapi: '3.0.3',
    info: { title: 'Goldcrest', version: API_VERSION, description: 'The API of this server.' },
    servers: [{ url: host }],
    security: SECURITY,
    tags: Object.keys(DESCRIBED).map((name) => ({ name })),
    paths,
    components: { securitySchemes: SECURITY_SCHEMES, schemas: { ...schemas, ...SCHEMAS }, responses },
  };
}

/** A name's place in a path as routes are registered. */
const PLACE = /:(\w+)/g;

const UNKNOWN: Described & { tag: string } = {
  summary: '',
  tag: 'Other',
  reply: { status: 200, description: '' },
};

function operation(
  { method, url, access }: RegisteredRoute,
  described: Described & { tag: string },
): Operation {
  const { summary, tag, body, errors = [] } = described;
  const own = access === 'public' ? errors : [...COMMON_ERRORS, ...errors];
  const description = [described.description ?? '', rightsOf(access, described)].filter(
    (text) => text !== '',
  );
  return {
    operationId: `${method.toLowerCase()} ${url}`.replace(/[^A-Za-z0-9]+/g, '_'),
    tags: [tag],
    summary,
    ...(description.length === 0 ? {} : { description: description.join('\n\n') }),
    parameters: parametersOf(url, described),
    ...(body === undefined ? {} : { requestBody: body }),
    responses: { [described.reply.status]: replyOf(described), ...errorReferences([...new Set(own)].sort()) },
    ...(access === 'public' ? { security: [] } : {}),
  };
}

/** What the token must be allowed to do. */
function rightsOf(access: RegisteredRoute['access'], { needs }: Described): string {
  const scopes = [access === 'public' || access === 'token' ? '' : access, needs ?? ''];
  const text = scopes.filter((scope) => scope !== '').join('; ');
  if (text !== '') return `The token needs ${text}.`;
  return access === 'token' ? 'Any valid token.' : '';
}

function parametersOf(url: string, { path = {}, query = {}, required = [] }: Described): Parameter[] {
  const inPath = [...url.matchAll(PLACE)].map(
    ([, name = '']): Parameter => ({
      name,
      in: 'path',
      description: path[name] ?? '',
      required: true,
      schema: { type: 'string' },
    }),
  );
  const inQuery = Object.entries(query).map(
    ([name, { description = '', ...schema }]): Parameter => ({
      name,
      in: 'query',
      description,
      required: required.includes(name),
      schema,
    }),
  );
  return [...inPath, ...inQuery];
}

function replyOf({ reply: { description, content } }: Described): Reply {
  return { description, ...(content === undefined ? {} : { content }) };
}
