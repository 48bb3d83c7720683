import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ApiError, databaseErrors } from '../errors/index.js';
import { authOf } from '../http/access.js';
import { hasMediaType, isMultipart, readExactJson, readText } from '../http/body.js';
import { FORM, Parameters, unsupportedMediaType, urlParameters } from '../http/parameters.js';
import { findPipe, type WorkspaceCatalog } from '../workspaces/index.js';
import { newCall } from './call.js';
import type { CompiledQuery } from './compile.js';
import { DEFAULT_FORMAT, queryFormat, queryFormatNames, type ResultFormat } from './formats.js';
import { outputSettings, templateParameters } from './parameters.js';
import { type PrepareNeeds, prepareSql } from './prepare.js';
import { type RunNeeds, sendQuery } from './run.js';

/** What running queries needs. */
export interface QueryNeeds extends PrepareNeeds, RunNeeds {
  catalog: WorkspaceCatalog;
}

/** The Query API: `GET` and `POST /v0/sql` (QY-01…QY-15). */
export function queryRoutes(app: FastifyInstance, needs: QueryNeeds): void {
  app.get('/v0/sql', { config: { access: 'token' } }, (request, reply) => {
    return answer(needs, request, reply, Parameters.ofUrl(request));
  });
  app.post('/v0/sql', { config: { access: 'token' } }, (request, reply) => {
    return answer(needs, request, reply, postParameters(request));
  });
}

async function answer(
  needs: QueryNeeds,
  request: FastifyRequest,
  reply: FastifyReply,
  parameters: Parameters,
): Promise<FastifyReply> {
  request.call = newCall({ pipe: null, parameters: Object.fromEntries(urlParameters(request)) });
  const sql = checkText(parameters.text('q'), needs.config.querySqlBytes);
  const auth = authOf(request);
  const snapshot = await needs.catalog.require(auth.workspace.id);
  const pipeline = parameters.text('pipeline');
  const underscore = pipeline === undefined ? undefined : findPipe(snapshot, pipeline, auth.rights);
  if (underscore !== undefined) auth.rights.require('PIPES:READ', underscore);
  const asked = { sql, parameters: templateParameters(parameters), underscore };
  const query = await prepareSql(needs, auth, snapshot, asked);
  const settings = outputSettings(parameters);
  const runnable = { query, snapshot, format: formatOf(query), settings };
  return sendQuery(needs, request, reply, parameters, runnable);
}

/** How a form with a query begins. SQL can't begin so, and curl labels SQL as a form too. */
const FORM_FIELDS = /^(q|pipeline|token|output_format_\w+)=/;

/** A JSON body holds `q` and parameters (QY-02); any other body is the query itself (QY-03), unless it is a form with `q`. */
function postParameters(request: FastifyRequest): Parameters {
  if (hasMediaType(request, 'application/json')) return Parameters.withJson(request, readExactJson(request));
  if (isMultipart(request)) throw unsupportedMediaType(request);
  const text = readText(request);
  if (hasMediaType(request, FORM) && FORM_FIELDS.test(text)) return Parameters.of(request);
  return text.trim() === '' ? Parameters.ofUrl(request) : Parameters.with(request, [['q', text]]);
}

/** @throws ApiError query_empty, query_too_long */
export function checkText(sql: string | undefined, bytesMax: number): string {
  if (sql === undefined || sql.trim() === '') throw ApiError.of('query_empty', {});
  if (Buffer.byteLength(sql) > bytesMax) throw ApiError.of('query_too_long', { limit: bytesMax });
  return sql;
}

function formatOf(query: CompiledQuery): ResultFormat {
  const name = query.format ?? DEFAULT_FORMAT;
  const format = queryFormat(name);
  if (format !== undefined) return format;
  const message = `There is no format ${name}. Use one of: ${queryFormatNames.join(', ')}.`;
  const headers = { 'X-DB-Exception-Code': String(databaseErrors.UNKNOWN_FORMAT) };
  throw ApiError.of('query_invalid', { message }, { headers });
}
