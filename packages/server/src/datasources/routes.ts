import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ulid } from 'ulid';
import { ApiError } from '../errors/index.js';
import { authOf } from '../http/access.js';
import { isMultipart } from '../http/body.js';
import { Parameters } from '../http/parameters.js';
import type { Views } from '../materialization/index.js';
import { goneSignal } from '../queries/index.js';
import { findDataSource } from '../workspaces/index.js';
import { createDataSource, type DataSourceNeeds, removeDataSource } from './create.js';
import { type DataSourceFacts, describeDataSource, pickAttributes, tableStatistics } from './describe.js';
import type { DataSource } from './store.js';

const FORMATS = ['csv', 'ndjson', 'parquet'] as const;

/** What the Data Sources API needs. */
interface DataSourceRoutesNeeds extends DataSourceNeeds {
  views: Views;
  newColumns: DataSourceFacts['newColumns'];
}

/** The Data Sources API. */
export function dataSourceRoutes(app: FastifyInstance, needs: DataSourceRoutesNeeds): void {
  const { newColumns } = needs;
  app.post('/v0/datasources', { config: { access: 'DATASOURCES:CREATE' } }, async (request) => {
    const parameters = Parameters.of(request);
    refuseImports(request, parameters);
    const snapshot = await needs.catalog.require(authOf(request).workspace.id);
    const wanted = {
      name: parameters.text('name') ?? generatedName(),
      schema: parameters.required('schema', 'Describe the columns, e.g. schema=id Int32, name String.'),
      format: readFormat(parameters),
      description: parameters.text('description') ?? '',
      engineOptions: parameters.startingWith('engine'),
    };
    const datasource = await createDataSource(needs, snapshot, wanted, request.id);
    const shown = describeDataSource(await needs.catalog.require(authOf(request).workspace.id), datasource, {
      statistics: new Map(),
      newColumns,
    });
    return { datasource: shown, quarantine_rows: 0, invalid_lines: 0 };
  });

  app.get('/v0/datasources', { config: { access: 'token' } }, async (request) => {
    const auth = authOf(request);
    const snapshot = await needs.catalog.require(auth.workspace.id);
    const statistics = await tableStatistics(needs.engine, snapshot);
    const readable = snapshot.datasources.all.filter((datasource) =>
      auth.rights.has('DATASOURCES:READ', datasource),
    );
    const attrs = Parameters.of(request).text('attrs');
    return {
      datasources: readable.map((datasource) =>
        pickAttributes(describeDataSource(snapshot, datasource, { statistics, newColumns }), attrs),
      ),
    };
  });

  app.get<{ Params: { name: string } }>(
    '/v0/datasources/:name',
    { config: { access: 'token' } },
    async (request) => {
      const auth = authOf(request);
      const snapshot = await needs.catalog.require(auth.workspace.id);
      const datasource = findDataSource(snapshot, request.params.name, auth.rights);
      auth.rights.require('DATASOURCES:READ', datasource);
      const statistics = await tableStatistics(needs.engine, snapshot);
      return pickAttributes(
        describeDataSource(snapshot, datasource, { statistics, newColumns }),
        Parameters.of(request).text('attrs'),
      );
    },
  );

  app.delete<{ Params: { name: string } }>(
    '/v0/datasources/:name',
    { config: { access: 'token' } },
    async (request, reply) => {
      const auth = authOf(request);
      const force = readForce(Parameters.of(request));
      const signal = goneSignal(reply);
      await needs.views.exclusive(auth.workspace.id, async () => {
        const snapshot = await needs.catalog.requireLatest(auth.workspace.id);
        const datasource = findDataSource(snapshot, request.params.name, auth.rights);
        auth.rights.requireDrop('DATASOURCES', datasource);
        await needs.views.release({ snapshot, auth, signal, requestId: request.id }, datasource, force);
        await removeDataSource(needs, datasource, request.id);
      });
      return reply.code(204).send();
    },
  );
}

/** Whether a Data Source is removed though a view fills it. Who only wants to know what a removal would do must not get one. */
function readForce(parameters: Parameters): boolean {
  const instead = 'Nothing was removed. GET /v0/datasources/{name} has the Pipes that read it in `used_by`.';
  if (parameters.flag('dry_run', false)) throw ApiError.of('not_available', { feature: 'dry_run', instead });
  return parameters.flag('force', false);
}

/** Loading files and URLs, appending and replacing are refused, so that nobody believes that data was taken. */
function refuseImports(request: FastifyRequest, parameters: Parameters): void {
  const mode = parameters.text('mode') ?? 'create';
  const instead = 'Create the Data Source from a schema and send rows to POST /v0/events.';
  if (['append', 'replace'].includes(mode))
    throw ApiError.of('not_available', { feature: `mode=${mode}`, instead });
  if (mode !== 'create') {
    throw ApiError.of('invalid_parameter', {
      name: 'mode',
      reason: `\`${mode}\` is not one of create, append, replace.`,
    });
  }
  if (parameters.text('url') !== undefined)
    throw ApiError.of('not_available', { feature: 'Importing from a URL', instead });
  if (isMultipart(request)) {
    throw ApiError.of('not_available', { feature: 'Importing a file', instead });
  }
}

/** A schema with JSONPaths makes an NDJSON Data Source also when the format is not said. */
function readFormat(parameters: Parameters): DataSource['format'] {
  const given = parameters.text('format');
  if (given === undefined) return parameters.text('schema')?.includes('json:$') ? 'ndjson' : 'csv';
  const format = FORMATS.find((candidate) => candidate === given);
  if (format !== undefined) return format;
  throw ApiError.of('invalid_parameter', {
    name: 'format',
    reason: `\`${given}\` is not one of ${FORMATS.join(', ')}.`,
  });
}

/** A name for a Data Source that was not given one (DS-04). */
function generatedName(): string {
  return `datasource_${ulid().toLowerCase()}`;
}
