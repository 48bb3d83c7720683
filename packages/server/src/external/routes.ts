import type { AddressList } from '@goldcrest/sql';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { authOf } from '../http/access.js';
import { readJson } from '../http/body.js';
import { type Clock, type Metadata, timestamp } from '../metadata/index.js';
import type { WorkspaceCatalog } from '../workspaces/index.js';
import { readPermission } from './permission.js';
import type { ExternalPermission } from './store.js';

/** What the routes of external sources need. */
interface ExternalNeeds {
  metadata: Metadata;
  catalog: WorkspaceCatalog;
  clock: Clock;
  /** What the operator lets a Workspace allow. */
  externalAddresses: AddressList;
}

/** The permission as the API shows it, with the operator's addresses, within which it has to stay. */
interface ShownPermission extends ExternalPermission {
  server_addresses: readonly string[];
}

/** `GET` and `PUT /v0/workspace/external-sources`: what queries of the Workspace may read from other servers (PS-08). Admins only. */
export function externalRoutes(app: FastifyInstance, needs: ExternalNeeds): void {
  const path = '/v0/workspace/external-sources';
  app.get(path, { config: { access: 'ADMIN' } }, async (request) => {
    return show(needs, await needs.metadata.externalSources.byWorkspace(workspaceOf(request)));
  });
  app.put(path, { config: { access: 'ADMIN' } }, async (request) => {
    const permission = readPermission(readJson(request), needs.externalAddresses);
    const at = timestamp(needs.clock());
    await needs.metadata.externalSources.replace(workspaceOf(request), permission, at);
    needs.catalog.changed(workspaceOf(request));
    return show(needs, permission);
  });
}

function workspaceOf(request: FastifyRequest): string {
  return authOf(request).workspace.id;
}

function show({ externalAddresses }: ExternalNeeds, permission: ExternalPermission): ShownPermission {
  return { ...permission, server_addresses: externalAddresses.entries };
}
