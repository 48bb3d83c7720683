import { join } from 'node:path';
import { type Engine, openClusterEngine, openEmbeddedEngine } from '@goldcrest/engine';
import type { AddressList } from '@goldcrest/sql';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { Config } from './config/index.js';
import { type DataDirectory, openDataDirectory } from './dataDirectory.js';
import { type DataSource, dataSourceRoutes, removeUnfinished } from './datasources/index.js';
import { externalRoutes, operatorAddresses } from './external/index.js';
import { buildApp } from './http/app.js';
import { healthRoutes } from './http/health.js';
import { noteRoutes } from './http/registeredRoutes.js';
import { eventRoutes, RowWriter } from './ingestion/index.js';
import { type Clock, openMetadata } from './metadata/index.js';
import { openApiRoutes } from './openapi/index.js';
import { pipeRoutes } from './pipes/index.js';
import { Admission, type AdmissionLimits, Gate, queryRoutes, SharedRuns } from './queries/index.js';
import { CallLog, OperationLog, prepareServiceTables } from './service-datasources/index.js';
import { Authenticator, localTokenRoutes, localTokens, TokenSigner } from './tokens/index.js';
import { ensureWorkspace, WorkspaceCatalog } from './workspaces/index.js';

/** Longer than making or removing the tables of a Data Source takes. */
const UNFINISHED_MS = 600_000;

/** The engine's sessions besides those of queries: inserts and checks must not wait behind them. */
const SESSIONS_BESIDES = 2;

/** A running server. */
export interface Server {
  /** Base URL on which it listens, e.g. `http://localhost:7181`. */
  url: string;
  dataPath: string;
  /** The default Workspace's tokens, as `GET /tokens` shows them. */
  tokens(): Promise<Record<string, string>>;
  /** Stops taking requests, finishes those that are under way, writes what waits, and closes the stores in order. */
  close(): Promise<void>;
}

/** What can be replaced when a server is started in a test. */
export interface ServerOptions {
  clock?: Clock;
}

/**
 * Starts a server: opens the stores, finishes what a crash interrupted, wires the routes and listens.
 * @throws DataDirectoryError, EngineUnavailableError, MetadataOpenError, or the system's error when the port is taken
 */
export async function startServer(config: Config, log: Logger, options: ServerOptions = {}): Promise<Server> {
  const clock = options.clock ?? (() => new Date());
  const directory = await openDataDirectory(config.data, config.secretKey);
  const closers: (() => void | Promise<void>)[] = [() => directory.release()];
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    const externalAddresses = operatorAddresses(config.externalAddresses);
    const engine = await openEngine(config, directory, externalAddresses);
    closers.push(() => engine.close());
    const metadata = await openMetadata(metadataOptions(config, directory));
    closers.push(() => metadata.close());
    const signer = new TokenSigner(directory.key);
    const manyNodes = config.metadataUrl !== '';
    const catalog = new WorkspaceCatalog(metadata, manyNodes);
    const stores = { engine, metadata, catalog, clock };
    const shared = new SharedRuns(!manyNodes);
    const exists = async ({ id, workspaceId }: DataSource): Promise<boolean> => {
      return (await catalog.snapshot(workspaceId))?.datasources.find(id) !== undefined;
    };
    const written = (workspaceId: string): void => shared.written(workspaceId);
    const writer = new RowWriter(engine, directory.ingestion, exists, written);
    await writer.prepare();
    closers.push(() => writer.drain());
    const removed = await removeUnfinished(stores, manyNodes ? UNFINISHED_MS : 0);
    if (removed > 0)
      log.warn({ removed }, 'removed Data Sources that an interrupted request had left unfinished');
    await ensureWorkspace(stores, config.workspace);
    await prepareServiceTables(engine);
    const callLog = await CallLog.open({ engine, directory: join(directory.serviceLog, 'calls'), log });
    closers.push(() => callLog.close());
    const operationsDirectory = join(directory.serviceLog, 'operations');
    const operations = await OperationLog.open({ engine, directory: operationsDirectory, log });
    closers.push(() => operations.close());
    const authenticator = new Authenticator(signer, catalog);
    const tokenNeeds = { catalog, signer, config };
    const address = { url: '' };
    const queries = {
      ...stores,
      gate: new Gate(engine, externalAddresses),
      admission: new Admission(admissionLimits(config)),
      shared,
      config,
      signer,
      publicUrl: () => config.publicUrl || address.url,
    };
    const app = await buildApp({ log, authenticator, querySeconds: config.querySeconds }, (routes) => {
      const registered = noteRoutes(routes);
      if (config.callLog === 'on') callLog.watch(routes);
      healthRoutes(routes, { engine, metadata });
      localTokenRoutes(routes, tokenNeeds);
      dataSourceRoutes(routes, { ...stores, operations });
      eventRoutes(routes, { ...stores, writer, config });
      queryRoutes(routes, queries);
      pipeRoutes(routes, queries);
      externalRoutes(routes, { ...stores, externalAddresses });
      openApiRoutes(routes, { ...queries, registered });
    });
    closers.push(() => app.close());
    address.url = await listen(app, config);
    return { url: address.url, dataPath: directory.path, tokens: () => localTokens(tokenNeeds), close };
  } catch (error) {
    await close();
    throw error;
  }
}

function admissionLimits(config: Config): AdmissionLimits {
  return {
    running: config.queryConcurrency,
    waiting: config.queryQueue,
    waitMs: config.queryQueueSeconds * 1000,
    threads: config.queryThreads,
  };
}

function openEngine(
  config: Config,
  directory: DataDirectory,
  externalAddresses: AddressList,
): Promise<Engine> {
  const common = {
    externalAddresses,
    sessions: config.queryConcurrency + SESSIONS_BESIDES,
    querySettings: { max_threads: config.queryThreads },
  };
  if (config.engineUrl !== '') return openClusterEngine({ url: config.engineUrl, ...common });
  return openEmbeddedEngine({ path: directory.engine, ...common });
}

function metadataOptions(config: Config, directory: DataDirectory): Parameters<typeof openMetadata>[0] {
  if (config.metadataUrl === '') return { kind: 'sqlite', path: directory.metadata };
  return { kind: 'postgres', connectionString: config.metadataUrl };
}

async function listen(app: FastifyInstance, config: Config): Promise<string> {
  await app.listen({ host: config.host, port: config.port });
  const address = app.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : config.port;
  const host = config.host.includes(':') ? `[${config.host}]` : config.host;
  return `http://${host === '0.0.0.0' || host === '[::]' ? 'localhost' : host}:${port}`;
}
