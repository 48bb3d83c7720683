import type { FastifyInstance } from 'fastify';
import { authOf } from '../http/access.js';
import type { RegisteredRoute } from '../http/registeredRoutes.js';
import type { QueryNeeds } from '../queries/index.js';
import { endpointDocument } from './endpointDocument.js';
import { serverDocument } from './serverDocument.js';

/** What the documents are made of. */
export interface OpenApiNeeds extends QueryNeeds {
  /** Every route of the server. */
  registered: readonly RegisteredRoute[];
  /** Base URL of the server as clients reach it. */
  publicUrl: () => string;
}

/**
 * The OpenAPI documents: of the endpoints that a token may read (PM-02), and of the server itself, which holds nothing of any Workspace
 * and is for everybody.
 */
export function openApiRoutes(app: FastifyInstance, needs: OpenApiNeeds): void {
  app.get('/v0/pipes/openapi.json', { config: { access: 'token' } }, async (request) => {
    const { workspace, rights } = authOf(request);
    const snapshot = await needs.catalog.require(workspace.id);
    return endpointDocument(needs, snapshot, { rights, host: needs.publicUrl() });
  });

  app.get('/v0/openapi.json', { config: { access: 'public' } }, async () => {
    return serverDocument(needs.registered, needs.publicUrl());
  });
}
