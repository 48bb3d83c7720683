import type { Pipe } from '../pipes/store.js';
import { outputNode, type QueryNeeds } from '../queries/index.js';
import type { Rights } from '../tokens/index.js';
import type { Snapshot } from '../workspaces/index.js';
import {
  API_VERSION,
  json,
  type OpenApiDocument,
  type Operation,
  type PathItem,
  SECURITY,
  SECURITY_SCHEMES,
} from './document.js';
import { endpointColumns } from './endpointColumns.js';
import {
  bodySchema,
  type EndpointParameter,
  endpointParameters,
  urlParameters,
} from './endpointParameters.js';
import { EXPORTED, META, resultSchema, STATISTICS } from './endpointReplies.js';
import { type ErrorStatus, errorComponents, errorReferences } from './errorReplies.js';
import { nodesRead } from './nodesRead.js';

const ERRORS: readonly ErrorStatus[] = [400, 403, 404, 408, 429, 500];

/** The name of an endpoint whose URL is this document's own; it is found by its id. */
const OWN_NAME = 'openapi';

/**
 * The OpenAPI document of the endpoints that somebody may read (PM-02, EP-23, CHD-07). Nothing else of the Workspace is in it.
 * @param asked by whom, and the base URL of the server
 * @throws ApiError when the engine can't be asked just now
 */
export async function endpointDocument(
  needs: QueryNeeds,
  snapshot: Snapshot,
  { rights, host }: { rights: Rights; host: string },
): Promise<OpenApiDocument> {
  const readable = snapshot.pipes.all.filter(
    (pipe) => pipe.endpointNodeId !== null && rights.has('PIPES:READ', pipe),
  );
  const paths: Record<string, PathItem> = {};
  // One after the other: each may ask the engine, which others want to use as well.
  for (const pipe of readable) Object.assign(paths, await endpointPaths(needs, snapshot, pipe));
  const { schemas, responses } = errorComponents(ERRORS);
  return {
    openapi: '3.0.3',
    info: {
      title: snapshot.workspace.name,
      version: API_VERSION,
      description: 'The API Endpoints that the token may read.',
    },
    servers: [{ url: host }],
    security: SECURITY,
    tags: readable.map(({ name, description }) => ({ name, ...(description === '' ? {} : { description }) })),
    paths,
    components: {
      securitySchemes: SECURITY_SCHEMES,
      schemas: { ...schemas, Meta: META, Statistics: STATISTICS },
      responses,
    },
  };
}

/** The paths of one endpoint: its data as JSON, and in the other formats. */
async function endpointPaths(
  needs: QueryNeeds,
  snapshot: Snapshot,
  pipe: Pipe,
): Promise<Record<string, PathItem>> {
  const nodes = await snapshot.onceAsync(`nodes read ${pipe.id}`, () =>
    nodesRead(needs.engine, snapshot, pipe),
  );
  const columns = await endpointColumns(needs, snapshot, pipe, nodes);
  return snapshot.once(`openapi ${pipe.id} ${columns === null}`, () => {
    const parameters = endpointParameters(nodes);
    const path = `/v0/pipes/${encodeURIComponent(pipe.name === OWN_NAME ? pipe.id : pipe.name)}`;
    const content = json(resultSchema(columns));
    const ok = { 200: { description: 'The result.', content }, ...errorReferences(ERRORS) };
    return {
      [`${path}.json`]: {
        get: readOperation(pipe, parameters, ok),
        post: sendOperation(pipe, parameters, ok),
      },
      [`${path}.{format}`]: { get: exportOperation(pipe, parameters) },
    };
  });
}

function readOperation(
  pipe: Pipe,
  parameters: readonly EndpointParameter[],
  responses: Operation['responses'],
): Operation {
  return {
    operationId: pipe.name,
    ...about(pipe),
    parameters: urlParameters(parameters),
    responses,
  };
}

/** For parameters that are too long for a URL (EP-06). */
function sendOperation(
  pipe: Pipe,
  parameters: readonly EndpointParameter[],
  responses: Operation['responses'],
): Operation {
  const schema = bodySchema(parameters);
  return {
    // No name of a Pipe has a dot.
    operationId: `${pipe.name}.post`,
    ...about(pipe),
    requestBody: {
      description: 'The parameters, when they are too long for a URL.',
      required: schema.required !== undefined,
      content: { 'application/json': { schema }, 'application/x-www-form-urlencoded': { schema } },
    },
    responses,
  };
}

function exportOperation(pipe: Pipe, parameters: readonly EndpointParameter[]): Operation {
  const format = {
    name: 'format',
    in: 'path' as const,
    description: 'How the result is written.',
    required: true,
    schema: { type: 'string' as const, enum: ['csv', 'ndjson', 'parquet', 'prometheus'] },
  };
  return {
    operationId: `${pipe.name}.export`,
    ...about(pipe),
    parameters: [format, ...urlParameters(parameters)],
    responses: { 200: { description: 'The result.', content: EXPORTED }, ...errorReferences(ERRORS) },
  };
}

/** What the authors of the Pipe and of its published node say about them, in Markdown. */
function about(pipe: Pipe): Pick<Operation, 'tags' | 'summary' | 'description'> {
  const texts = [pipe.description, outputNode(pipe).description].filter((text) => text.trim() !== '');
  return {
    tags: [pipe.name],
    summary: pipe.name,
    ...(texts.length === 0 ? {} : { description: texts.join('\n\n') }),
  };
}
