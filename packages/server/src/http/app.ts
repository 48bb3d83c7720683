import Fastify, { type FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { keepCalls } from '../queries/call.js';
import type { Authenticator } from '../tokens/index.js';
import { requireAccess } from './access.js';
import { compressReplies } from './compression.js';
import { endQuietConnections } from './connections.js';
import { allowOtherOrigins } from './crossOrigin.js';
import { answerClientError, answerErrors, answerFrameworkError } from './errorReplies.js';
import { HEADER_BYTES_MAX, requireBoundedRequests } from './limits.js';
import { answerOtherMethods, endStreamsOfHead } from './methods.js';
import { newRequestId } from './requestId.js';
import { logRequests } from './requestLog.js';
import { takeBodies } from './takeBodies.js';

/** Largest body of a route that sets no limit of its own, in bytes: a full-body upload (LMT-09). */
const BODY_BYTES_MAX = 8 * 1024 * 1024;

/** How long a client may take to send a request, and a connection be silent beyond the longest query, in milliseconds. */
const REQUEST_MS_MAX = 120_000;

/** What Fastify itself knows of a URL's parameters. */
const NO_QUERY = {};

/** Longest name in a path. */
const NAME_LENGTH_MAX = 400;

/**
 * The HTTP application: what all routes share, then the routes (GN items).
 * @param routes registers the routes of every API
 */
export async function buildApp(
  needs: { log: Logger; authenticator: Authenticator; querySeconds: number },
  routes: (app: FastifyInstance) => void,
): Promise<FastifyInstance> {
  const app = Fastify({
    logger: false,
    genReqId: () => newRequestId(),
    bodyLimit: BODY_BYTES_MAX,
    routerOptions: {
      ignoreTrailingSlash: true,
      maxParamLength: NAME_LENGTH_MAX,
      // Routes read the URL's parameters by `urlParameters`; a second reading would be for nothing.
      querystringParser: () => NO_QUERY,
    },
    http: { maxHeaderSize: HEADER_BYTES_MAX },
    clientErrorHandler: answerClientError,
    frameworkErrors: answerFrameworkError,
    requestTimeout: REQUEST_MS_MAX,
    connectionTimeout: REQUEST_MS_MAX + needs.querySeconds * 1000,
  });
  // Hooks that run on every request take a callback where they can: a promise for each costs more than what they do.
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    done();
  });
  keepCalls(app);
  logRequests(app, needs.log);
  answerErrors(app, needs.log);
  await allowOtherOrigins(app);
  compressReplies(app);
  endStreamsOfHead(app);
  endQuietConnections(app);
  requireBoundedRequests(app);
  requireAccess(app, needs.authenticator);
  takeBodies(app);
  const others = answerOtherMethods(app);
  routes(app);
  others.register();
  return app;
}
