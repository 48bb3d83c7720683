import type { FastifyRequest } from 'fastify';
import { hasMediaType } from '../http/body.js';
import { FORM, Parameters } from '../http/parameters.js';
import { readSql } from '../pipes/body.js';
import type { WantedView } from './views.js';
import { readWantedTarget } from './wantedTarget.js';

/** How a form begins. `curl -d` calls SQL a form, too, and no SQL begins so. */
const FORM_START =
  /^(?:datasource|override_datasource|populate\w*|unlink_on_populate_error|engine\w*|sql|token)=/;

/** Parameters are in the URL or a form; any other body is the node's SQL. @throws ApiError missing_parameter, not_available, invalid_body */
export function readWantedView(request: FastifyRequest): WantedView {
  const body = readSql(request);
  const isForm = hasMediaType(request, FORM) && FORM_START.test(body);
  const parameters = isForm ? Parameters.of(request) : Parameters.ofUrl(request);
  const sql = isForm ? (parameters.text('sql') ?? '') : body.trim();
  return { ...readWantedTarget(parameters), sql };
}
