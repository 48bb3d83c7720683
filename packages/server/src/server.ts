import { join } from 'node:path';
import { type Engine, openClusterEngine, openEmbeddedEngine } from '@goldcrest/engine';
import type { AddressList } from '@goldcrest/sql';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { Config } from './config/index.js';
import { type DataDirectory, openDataDirectory } from './dataDirectory.js';
import {
  type DataSource,
  type DataSourceNeeds,
  dataSourceRoutes,
  removeUnfinished,
} from './datasources/index.js';
import { externalRoutes, operatorAddresses } from './external/index.js';
import { buildApp } from './http/app.js';
import { healthRoutes } from './http/health.js';
import { noteRoutes } from './http/registeredRoutes.js';
import {
  eventRoutes,
  flushOperation,
  type LogDisk,
  NewColumns,
  nodeDisk,
  RowWriter,
} from './ingestion/index.js';
import { type Clock, type Metadata, openMetadata } from './metadata/index.js';
import { openApiRoutes } from './openapi/index.js';
import { pipeRoutes } from './pipes/index.js';
import {
  Admission,
  type AdmissionLimits,
  Gate,
  LargeResults,
  OpenStreams,
  queryRoutes,
  SharedRuns,
} from './queries/index.js';
import { CallLog, OperationLog, prepareServiceTables } from './service-datasources/index.js';
import {
  Authenticator,
  localTokenRoutes,
  localTokens,
  RowFilterChecker,
  TokenSigner,
} from './tokens/index.js';
import { ensureWorkspace, WorkspaceCatalog } from './workspaces/index.js';

/** Longer than making or removing the tables of a Data Source takes. */
const UNFINISHED_MS = 600_000;

/** The engine's sessions besides those of queries: inserts and checks must not wait behind them. */
const SESSIONS_BESIDES = 2;

/** Wait before events are tried again that the engine did not take; each further wait is twice as long. */
const RETRY_MS = 200;

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
  /** The file system of the event log. */
  disk?: LogDisk;
  /** Wait before events are tried again that the engine did not take, in milliseconds. */
  retryMs?: number;
  /** What stands in front of the engine. */
  wrapEngine?: (engine: Engine) => Engine;
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
    const opened = await openEngine(config, directory, externalAddresses);
    closers.push(() => opened.close());
    const engine = options.wrapEngine?.(opened) ?? opened;
    const metadata = await openMetadata(metadataOptions(config, directory));
    closers.push(() => metadata.close());
    const signer = new TokenSigner(directory.key);
    const manyNodes = config.metadataUrl !== '';
    const catalog = new WorkspaceCatalog(metadata, manyNodes);
    const stores = { engine, metadata, catalog, clock };
    const newColumns = new NewColumns(() => clock().getTime());
    const shared = new SharedRuns(!manyNodes);
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
    const writer = await openWriter({ ...stores, shared, operations }, { config, directory, log, options });
    closers.push(() => writer.close());
    const sources = dataSourceNeeds({ ...stores, operations }, writer, newColumns);
    const authenticator = new Authenticator(signer, catalog);
    const tokenNeeds = { catalog, signer, config };
    const address = { url: '' };
    const streams = new OpenStreams({ open: config.queryStreams, bytes: config.querySpoolBytes });
    const queries = {
      ...stores,
      gate: new Gate(engine, externalAddresses),
      rowFilters: new RowFilterChecker(engine),
      admission: new Admission(admissionLimits(config)),
      shared,
      streams,
      large: new LargeResults(engine, streams),
      config,
      signer,
      publicUrl: () => config.publicUrl || address.url,
    };
    const app = await buildApp({ log, authenticator, querySeconds: config.querySeconds }, (routes) => {
      const registered = noteRoutes(routes);
      if (config.callLog === 'on') callLog.watch(routes);
      healthRoutes(routes, { engine, metadata });
      localTokenRoutes(routes, tokenNeeds);
      dataSourceRoutes(routes, sources);
      eventRoutes(routes, { ...stores, operations, writer, config, newColumns });
      queryRoutes(routes, queries);
      pipeRoutes(routes, queries);
      externalRoutes(routes, { ...stores, externalAddresses });
      openApiRoutes(routes, { ...queries, registered });
    });
    closers.push(() => app.close());
    closers.push(() => writer.stopWaiting());
    address.url = await listen(app, config);
    return { url: address.url, dataPath: directory.path, tokens: () => localTokens(tokenNeeds), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What the routes of Data Sources need: a removal takes the events with it that wait. */
function dataSourceNeeds(
  stores: DataSourceNeeds,
  writer: RowWriter,
  newColumns: NewColumns,
): Parameters<typeof dataSourceRoutes>[1] {
  return {
    ...stores,
    dropEvents: (datasource) => writer.drop(datasource),
    newColumns: (datasource) => newColumns.of(datasource),
  };
}

/** The log of events, and what brings them from there into the engine. */
function openWriter(
  stores: { engine: Engine; catalog: WorkspaceCatalog; metadata: Metadata } & {
    shared: SharedRuns;
    operations: OperationLog;
  },
  place: { config: Config; directory: DataDirectory; log: Logger; options: ServerOptions },
): Promise<RowWriter> {
  const { config, directory, log, options } = place;
  return RowWriter.open({
    engine: stores.engine,
    disk: options.disk ?? nodeDisk,
    directory: directory.ingestion,
    config,
    logger: log,
    find: (id, workspaceId) => findReady(stores, id, workspaceId),
    written: (workspaceId) => stores.shared.written(workspaceId),
    note: (report) => stores.operations.note(flushOperation(report)),
    retryMs: options.retryMs ?? RETRY_MS,
  });
}

/** A Data Source that can be used, wherever it is when its Workspace is not known. */
async function findReady(
  { catalog, metadata }: { catalog: WorkspaceCatalog; metadata: Metadata },
  id: string,
  workspaceId: string | null,
): Promise<DataSource | undefined> {
  const known = workspaceId ?? (await metadata.datasources.byId(id))?.workspaceId;
  if (known === undefined) return undefined;
  return (await catalog.snapshot(known))?.datasources.find(id);
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
  if (config.engineUrl !== '')
    return openClusterEngine({ url: config.engineUrl, spoolDirectory: directory.spool, ...common });
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
