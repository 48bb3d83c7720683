import type { FastifyInstance } from 'fastify';
import type { Config } from '../config/index.js';
import { ApiError } from '../errors/index.js';
import { authOf } from '../http/access.js';
import { readBytes } from '../http/body.js';
import { Parameters } from '../http/parameters.js';
import { findDataSource, type WorkspaceCatalog } from '../workspaces/index.js';
import { type IngestionNeeds, ingest } from './events.js';
import { parseDocument, parseLines } from './parse.js';
import type { EventDocument } from './rowSchema.js';

/** What the Events API needs. */
export interface EventRoutesNeeds extends IngestionNeeds {
  catalog: WorkspaceCatalog;
  config: Pick<Config, 'eventsBodyBytes'>;
}

/**
 * `POST /v0/events` (EV-01…EV-15). Rows are in the engine before the answer, whether the client waits or not; `wait` decides
 * the status.
 */
export function eventRoutes(app: FastifyInstance, needs: EventRoutesNeeds): void {
  const bytesMax = needs.config.eventsBodyBytes;
  app.post(
    '/v0/events',
    { config: { access: 'token', busy: true }, bodyLimit: bytesMax },
    async (request, reply) => {
      const auth = authOf(request);
      const parameters = Parameters.ofUrl(request);
      const name = parameters.required(
        'name',
        'Say which Data Source the events are for: /v0/events?name=<Data Source>.',
      );
      const wait = parameters.flag('wait', false);
      const datasource = findDataSource(await needs.catalog.require(auth.workspace.id), name, auth.rights);
      auth.rights.requireAppend(datasource);
      needs.writer.refuseWhenBehind(datasource);
      const events = parseBody(readBytes(request), parameters.text('format'));
      const { counts, queryable } = await ingest(needs, datasource, { events, wait, requestId: request.id });
      return reply.code(queryable ? 200 : 202).send(counts);
    },
  );
}

function parseBody(body: Buffer, format: string | undefined): Iterable<EventDocument> {
  switch (format?.toLowerCase()) {
    case undefined:
    case '':
    case 'ndjson':
      return parseLines(body);
    case 'json':
      return parseDocument(body);
    default:
      throw ApiError.of('invalid_parameter', {
        name: 'format',
        reason: `\`${format}\` is neither ndjson nor json.`,
      });
  }
}
