import type { FastifyRequest } from 'fastify';
import { ApiError } from '../errors/index.js';
import { hasMediaType, readJson } from '../http/body.js';
import { Parameters } from '../http/parameters.js';
import { trimmed } from './body.js';
import type { PipeChanges } from './edit.js';
import { readTags } from './tags.js';

/** What is to be another in a Pipe (PI-17): parameters of the URL, a form or a JSON object. @throws ApiError missing_parameter, invalid_parameter, invalid_body */
export function readPipeChanges(request: FastifyRequest): { changes: PipeChanges; force: boolean } {
  const isJson = hasMediaType(request, 'application/json');
  const parameters = isJson ? Parameters.withJson(request, readJson(request)) : Parameters.ofForm(request);
  const name = parameters.text('name');
  const description = parameters.text('description');
  const tags = parameters.text('tags');
  const changes = {
    ...(name === undefined ? {} : { name }),
    ...(description === undefined ? {} : { description: trimmed(description) }),
    ...(tags === undefined ? {} : { tags: readTags(tags) }),
  };
  if (Object.keys(changes).length > 0) return { changes, force: parameters.flag('force', false) };
  throw ApiError.of('missing_parameter', { name: 'name', hint: 'Send name, description or tags.' });
}
