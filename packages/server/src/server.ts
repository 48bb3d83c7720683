import { join } from 'node:path';
import { type Engine, openClusterEngine, openEmbeddedEngine } from '@goldcrest/engine';
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
  INSERT_LIMITS,
  type InsertLimits,
  type LogDisk,
  NewColumns,
  nodeDisk,
  RowWriter,
} from './ingestion/index.js';
import { materializationRoutes, recoverViews, Views } from './materialization/index.js';
import { type Clock, openMetadata } from './metadata/index.js';
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

/** How long a stop goes on writing events that wait, in milliseconds. */
const CLOSE_MS = 10_000;

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
  /** What one insert of events may take. */
  insertLimits?: InsertLimits;
  /** How long a stop goes on writing events that wait, in milliseconds. */
  closeMs?: number;
  /** What stands in front of the engine. */
  wrapEngine?: (engine: Engine) => Engine;
}

/**
 * Starts a server: opens the stores, finishes what a crash interrupted, wires the routes and listens.
 * @throws DataDirectoryError, EngineUnavailableError, MetadataOpenError, or the system's error when the port is taken
 */
export async function startServer(config: Config, log: Logger, options: ServerOptions = {}): Promise<Server> {
  const directory = await openDataDirectory(config.data, config.secretKey);
  const closers: Closers = [() => directory.release()];
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    const start: Start = { config, directory, log, options, closers };
    const stores = await openStores(start);
    const logs = await openLogs(start, stores);
    return await serve(start, stores, logs, close);
  } catch (error) {
    await close();
    throw error;
  }
}

/** What is called when the server stops, in reverse order. */
type Closers = (() => void | Promise<void>)[];

/** What starting begins with. */
interface Start {
  config: Config;
  directory: DataDirectory;
  log: Logger;
  options: ServerOptions;
  closers: Closers;
}

/** Where everything is kept, and what is shared by those who use it. */
interface Stores extends Omit<DataSourceNeeds, 'operations'> {
  shared: SharedRuns;
  writer: RowWriter;
}

/** Opens the engine, the metadata and the log of events, and makes tables and views what the metadata says. */
async function openStores({ config, directory, log, options, closers }: Start): Promise<Stores> {
  const clock = options.clock ?? (() => new Date());
  const opened = await openEngine(config, directory);
  closers.push(() => opened.close());
  const engine = options.wrapEngine?.(opened) ?? opened;
  const metadata = await openMetadata(metadataOptions(config, directory));
  closers.push(() => metadata.close());
  const manyNodes = config.metadataUrl !== '';
  const catalog = new WorkspaceCatalog(metadata, manyNodes);
  const shared = new SharedRuns(!manyNodes);
  const writer = await RowWriter.open({
    engine,
    disk: options.disk ?? nodeDisk,
    directory: directory.ingestion,
    config,
    logger: log,
    find: (id, workspaceId) => findReady({ catalog, metadata }, id, workspaceId),
    snapshot: (workspaceId) => catalog.snapshot(workspaceId),
    written: (workspaceId) => shared.written(workspaceId),
    retryMs: options.retryMs ?? RETRY_MS,
    limits: options.insertLimits ?? INSERT_LIMITS,
    closeMs: options.closeMs ?? CLOSE_MS,
  });
  const dropEvents = (datasource: DataSource): Promise<void> => writer.drop(datasource);
  const stores = { engine, metadata, catalog, clock, shared, writer, dropEvents };
  const restMs = manyNodes ? UNFINISHED_MS : 0;
  const removed = await removeUnfinished(stores, restMs);
  if (removed > 0)
    log.warn({ removed }, 'removed Data Sources that an interrupted request had left unfinished');
  await ensureWorkspace(stores, config.workspace);
  await recoverViews({ ...stores, log }, restMs);
  return stores;
}

/** What the server writes down about its own work. */
interface Logs {
  calls: CallLog;
  operations: OperationLog;
}

/** Opens the logs of calls and operations, and brings in the events that an earlier process left: that is an operation. */
async function openLogs({ directory, log, closers }: Start, { engine, writer }: Stores): Promise<Logs> {
  await prepareServiceTables(engine);
  const calls = await CallLog.open({ engine, directory: join(directory.serviceLog, 'calls'), log });
  closers.push(() => calls.close());
  const operationsDirectory = join(directory.serviceLog, 'operations');
  const operations = await OperationLog.open({ engine, directory: operationsDirectory, log });
  closers.push(() => operations.close());
  closers.push(() => writer.close());
  await writer.replay((report) => operations.note(flushOperation(report)));
  return { calls, operations };
}

/** Wires the routes and listens. */
async function serve(
  { config, directory, log, closers }: Start,
  stores: Stores,
  { calls, operations }: Logs,
  close: () => Promise<void>,
): Promise<Server> {
  const { engine, metadata, catalog, clock, shared, writer } = stores;
  const externalAddresses = operatorAddresses(config.externalAddresses);
  const signer = new TokenSigner(directory.key);
  const authenticator = new Authenticator(signer, catalog);
  const tokenNeeds = { catalog, signer, config };
  const address = { url: '' };
  const streams = new OpenStreams({ open: config.queryStreams, bytes: config.querySpoolBytes });
  const newColumns = new NewColumns(() => clock().getTime());
  const queries = {
    ...stores,
    operations,
    gate: new Gate(engine, externalAddresses),
    rowFilters: new RowFilterChecker(engine),
    admission: new Admission(admissionLimits(config)),
    shared,
    large: new LargeResults(engine, streams),
    config,
    signer,
    publicUrl: () => config.publicUrl || address.url,
  };
  const pipes = { ...queries, views: new Views(queries) };
  const sources = { ...pipes, newColumns: (datasource: DataSource) => newColumns.of(datasource) };
  const app = await buildApp({ log, authenticator, querySeconds: config.querySeconds }, (routes) => {
    const registered = noteRoutes(routes);
    if (config.callLog === 'on') calls.watch(routes);
    healthRoutes(routes, { engine, metadata });
    localTokenRoutes(routes, tokenNeeds);
    dataSourceRoutes(routes, sources);
    eventRoutes(routes, { ...stores, operations, config, newColumns });
    queryRoutes(routes, queries);
    pipeRoutes(routes, pipes);
    materializationRoutes(routes, pipes);
    externalRoutes(routes, { ...stores, externalAddresses });
    openApiRoutes(routes, { ...queries, registered });
  });
  closers.push(() => app.close());
  closers.push(() => writer.stopWaiting());
  address.url = await listen(app, config);
  return { url: address.url, dataPath: directory.path, tokens: () => localTokens(tokenNeeds), close };
}

/** A Data Source that can be used, wherever it is when its Workspace is not known. */
async function findReady(
  { catalog, metadata }: Pick<DataSourceNeeds, 'catalog' | 'metadata'>,
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

function openEngine(config: Config, directory: DataDirectory): Promise<Engine> {
  const common = {
    externalAddresses: operatorAddresses(config.externalAddresses),
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
