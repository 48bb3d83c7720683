import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiError } from '../errors/index.js';
import { authOf } from '../http/access.js';
import { hasMediaType, readExactJson } from '../http/body.js';
import { Parameters, urlParameters } from '../http/parameters.js';
import {
  checkText,
  endpointFormat,
  endpointFormatNames,
  newCall,
  outputSettings,
  prepareEndpoint,
  prepareSql,
  type QueryNeeds,
  type ResultFormat,
  sendQuery,
  templateParameters,
} from '../queries/index.js';
import { findPipe } from '../workspaces/index.js';

/** The parts of `name.format`, or null when there is no dot: then it is the Pipe itself that is meant. */
export function splitFormat(file: string): { name: string; extension: string } | null {
  const dot = file.lastIndexOf('.');
  return dot < 0 || (file.startsWith('t_') && dot === file.length - 33)
    ? null
    : { name: file.slice(0, dot), extension: file.slice(dot + 1) };
}

/**
 * Answers with the data of a published endpoint (EP-05…EP-09, EP-14…EP-17).
 * @throws ApiError pipe_not_found, scope_missing, pipe_not_published, unknown_format
 */
export async function sendEndpoint(
  needs: QueryNeeds,
  request: FastifyRequest,
  reply: FastifyReply,
  { name, extension }: { name: string; extension: string },
): Promise<FastifyReply> {
  const auth = authOf(request);
  const { id } = auth.workspace;
  const snapshot = needs.catalog.known(id) ?? (await needs.catalog.require(id));
  const traced = request.method === 'GET' ? Object.fromEntries(urlParameters(request)) : {};
  request.call = newCall({ pipe: { id: '', name, tags: [] }, parameters: traced });
  const pipe = findPipe(snapshot, name, auth.rights);
  request.call.pipe = { id: pipe.id, name: pipe.name, tags: pipe.tags };
  auth.rights.require('PIPES:READ', pipe);
  if (pipe.endpointNodeId === null) throw ApiError.of('pipe_not_published', { name: pipe.name });
  const format = formatOf(extension);
  const parameters = request.method === 'GET' ? Parameters.ofUrl(request) : bodyParameters(request);
  const sent = templateParameters(parameters);
  const sql = parameters.text('q');
  const query =
    sql === undefined
      ? await prepareEndpoint(needs, snapshot, pipe, sent)
      : await prepareSql(needs, auth, snapshot, {
          sql: checkText(sql, needs.config.querySqlBytes),
          parameters: sent,
          underscore: pipe,
        });
  const settings = outputSettings(parameters);
  return sendQuery(needs, request, reply, parameters, { query, snapshot, format, settings });
}

function formatOf(extension: string): ResultFormat {
  const format = endpointFormat(extension);
  if (format !== undefined) return format;
  throw ApiError.of('unknown_format', { format: extension, formats: endpointFormatNames.join(', ') });
}

/** Parameters in the body, as a form or a JSON object (EP-06). @throws ApiError unsupported_media_type, invalid_body */
function bodyParameters(request: FastifyRequest): Parameters {
  if (!hasMediaType(request, 'application/json')) return Parameters.ofForm(request);
  return Parameters.withJson(request, readExactJson(request));
}
