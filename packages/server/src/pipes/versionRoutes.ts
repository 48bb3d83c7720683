import type { FastifyInstance } from 'fastify';
import { ApiError } from '../errors/index.js';
import { Parameters } from '../http/parameters.js';
import { findPipe } from '../workspaces/index.js';
import { changeOf, contextOf, type PipeRoutesNeeds, showNow } from './context.js';
import { describeVersion, describeWholeVersion, findVersion, restoreVersion } from './versions.js';

type ByName = { Params: { name: string } };
type ByVersion = { Params: { name: string; version: string } };

/** They show who changed what, so they are for those who may change Pipes themselves. */
const ACCESS = { config: { access: 'PIPES:CREATE' } } as const;

/** The versions of a Pipe: which there are, what it was, and going back to one. */
export function versionRoutes(app: FastifyInstance, needs: PipeRoutesNeeds): void {
  app.get<ByName>('/v0/pipes/:name/versions', ACCESS, async (request) => {
    const { snapshot, rights } = await contextOf(needs, request);
    const pipe = findPipe(snapshot, request.params.name, rights);
    return { versions: (await needs.metadata.pipes.versions(pipe.id)).map(describeVersion) };
  });

  app.get<ByVersion>('/v0/pipes/:name/versions/:version', ACCESS, async (request) => {
    const { snapshot, rights } = await contextOf(needs, request);
    const pipe = findPipe(snapshot, request.params.name, rights);
    return describeWholeVersion(await findVersion(needs, pipe, readNumber(request.params.version)));
  });

  app.post<ByVersion>('/v0/pipes/:name/versions/:version/restore', ACCESS, async (request, reply) => {
    const change = await changeOf(needs, request, reply);
    const before = findPipe(change.snapshot, request.params.name, change.auth.rights);
    const version = await findVersion(needs, before, readNumber(request.params.version));
    const ignoreSqlErrors = Parameters.of(request).flag('ignore_sql_errors', false);
    return showNow(needs, request, await restoreVersion(needs, change, before, { version, ignoreSqlErrors }));
  });
}

function readNumber(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw ApiError.of('invalid_parameter', { name: 'version', reason: `\`${text}\` is not a whole number.` });
}
