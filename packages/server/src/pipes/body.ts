import type { FastifyRequest } from 'fastify';
import Type from 'typebox';
import { Compile } from 'typebox/compile';
import { ApiError } from '../errors/index.js';
import { hasMediaType, readJson, readText } from '../http/body.js';
import { Parameters } from '../http/parameters.js';
import { readWantedTarget } from '../materialization/wantedTarget.js';
import type { NewPipe } from './create.js';
import type { NewNode, NodeChanges } from './nodes.js';
import { readTags } from './tags.js';

const text = Type.Optional(Type.Union([Type.String(), Type.Null()]));

const document = Compile(
  Type.Object({
    name: Type.String(),
    description: text,
    tags: Type.Optional(Type.Union([Type.String(), Type.Array(Type.String()), Type.Null()])),
    ignore_sql_errors: Type.Optional(Type.Boolean()),
    nodes: Type.Array(
      Type.Object({
        sql: Type.String(),
        name: Type.Optional(Type.String()),
        description: text,
        type: text,
        ignore_sql_errors: Type.Optional(Type.Boolean()),
      }),
    ),
  }),
);

/** The three ways to make a Pipe: from nodes, from one node's SQL, as a copy of another one (PI-07, PI-08, PI-09). */
export type PipeSource = { kind: 'new'; pipe: NewPipe } | { kind: 'copy'; name: string; from: string };

/** Reads what `POST /v0/pipes` is to make. @throws ApiError invalid_body, missing_parameter, invalid_parameter, not_available */
export function readPipeSource(request: FastifyRequest): PipeSource {
  const ignoreSqlErrors = Parameters.ofUrl(request).flag('ignore_sql_errors', false);
  const isJson = hasMediaType(request, 'application/json') && readText(request) !== '';
  const json = isJson || readText(request).trimStart().startsWith('{') ? readJson(request) : undefined;
  if (json === undefined) return readParameters(Parameters.ofForm(request));
  const hasNodes = typeof json === 'object' && json !== null && 'nodes' in json;
  const isShort = typeof json === 'object' && json !== null && ('sql' in json || 'from' in json);
  if (isShort && !hasNodes) return readParameters(Parameters.withJson(request, json));
  return { kind: 'new', pipe: readDocument(json, ignoreSqlErrors) };
}

/** Nodes without a name are called after the Pipe and their place. */
function readDocument(value: unknown, ignoreAll: boolean): NewPipe {
  if (!document.Check(value)) {
    const [first] = document.Errors(value);
    const place = first?.instancePath || 'the document';
    throw ApiError.of('invalid_body', {
      reason: `${place} ${first?.message ?? 'is not right'}. Send {"name", "description", "nodes": [{"name", "sql", "description"}]}.`,
    });
  }
  const { name, nodes, tags } = value;
  const ignoreSqlErrors = value.ignore_sql_errors ?? ignoreAll;
  return {
    name,
    description: trimmed(value.description),
    tags: readTags(typeof tags === 'string' ? tags : JSON.stringify(tags ?? [])),
    nodes: nodes.map((node, i) => ({
      name: node.name ?? `${name}_${i}`,
      sql: node.sql,
      description: trimmed(node.description),
      ignoreSqlErrors: node.ignore_sql_errors ?? ignoreSqlErrors,
      ...readRole(Parameters.ofObject(node)),
    })),
  };
}

function readParameters(parameters: Parameters): PipeSource {
  const hint = 'Send name and sql, name and from=<Pipe>, or a JSON document with name and nodes.';
  const name = parameters.required('name', hint);
  const from = parameters.text('from');
  if (from !== undefined && from !== '') return { kind: 'copy', name, from };
  const node = {
    name: `${name}_0`,
    sql: parameters.required('sql', hint),
    description: '',
    ignoreSqlErrors: parameters.flag('ignore_sql_errors', false),
    ...readRole(parameters),
  };
  const description = trimmed(parameters.text('description'));
  return {
    kind: 'new',
    pipe: { name, description, tags: readTags(parameters.text('tags') ?? ''), nodes: [node] },
  };
}

/**
 * What a new node is at once, by its `type`: published (EP-N2), materialized with the parameters that say into what (PI-11), or neither.
 * @throws ApiError not_available, invalid_parameter, missing_parameter
 */
export function readRole(parameters: Parameters): Pick<NewNode, 'isEndpoint' | 'target'> {
  const type = parameters.text('type');
  switch (type) {
    case undefined:
    case '':
    case 'standard':
    case 'default':
      return { isEndpoint: false, target: null };
    case 'endpoint':
      return { isEndpoint: true, target: null };
    case 'materialized':
      return { isEndpoint: false, target: readWantedTarget(parameters) };
    case 'copy':
    case 'sink': {
      const instead = 'Leave it out for a node of plain SQL, or send type=endpoint to publish the node.';
      throw ApiError.of('not_available', { feature: `type=${type}`, instead });
    }
    default:
      throw ApiError.of('invalid_parameter', {
        name: 'type',
        reason: `\`${type}\` is not one of standard, materialized, endpoint.`,
      });
  }
}

/** The SQL in a request's body, which must be UTF-8 (PI-10, PI-13); or in the parameter `sql`; `''` without either. @throws ApiError invalid_body */
export function readSql(request: FastifyRequest): string {
  const bytes = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  try {
    return (
      new TextDecoder('utf-8', { fatal: true }).decode(bytes) || (Parameters.ofUrl(request).text('sql') ?? '')
    );
  } catch (cause) {
    throw ApiError.of('invalid_body', { reason: 'it is not UTF-8.' }, { cause });
  }
}

const TYPE_STAYS =
  'what a node is for is changed by POST and DELETE of /v0/pipes/<Pipe>/nodes/<node>/endpoint and …/materialization.';

/** What is to be another in a node (PI-13). @throws ApiError query_empty, invalid_parameter, invalid_body */
export function readNodeChanges(request: FastifyRequest): NodeChanges {
  const parameters = Parameters.ofUrl(request);
  if (parameters.text('type') !== undefined)
    throw ApiError.of('invalid_parameter', { name: 'type', reason: TYPE_STAYS });
  const sql = readSql(request);
  const name = parameters.text('name');
  const description = parameters.text('description');
  const position = parameters.text('position');
  const ignores = parameters.text('ignore_sql_errors');
  const changes = {
    ...(sql === '' ? {} : { sql }),
    ...(name === undefined ? {} : { name }),
    ...(description === undefined ? {} : { description: trimmed(description) }),
    ...(position === undefined ? {} : { position: readPosition(position) }),
    ...(ignores === undefined ? {} : { ignoreSqlErrors: parameters.flag('ignore_sql_errors', false) }),
  };
  if (Object.keys(changes).length > 0) return changes;
  throw ApiError.of('missing_parameter', {
    name: 'sql',
    hint: 'Send the SQL as the body, or change name, description, position or ignore_sql_errors.',
  });
}

function readPosition(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw ApiError.of('invalid_parameter', {
    name: 'position',
    reason: `\`${text}\` is not a whole number from 0.`,
  });
}

/** Text is kept without the white space around it, as a datafile keeps it. */
export function trimmed(value: string | null | undefined): string {
  return (value ?? '').trim();
}
