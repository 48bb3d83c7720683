/**
 * A small ClickHouse HTTP server over chDB, for tests of the cluster engine where no server is at hand.
 * Run as a child process with a data directory and, if it is to be a certain one, a port as its arguments; sends `{ port }` to its
 * parent and ends with it.
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { gunzipSync, gzipSync } from 'node:zlib';
import { Session } from 'chdb';
import { costOf } from '../embedded/cost.js';

/** URL parameters that are not settings, or settings that this server acts on itself. */
const OWN_PARAMETERS = new Set([
  'query',
  'database',
  'default_format',
  'query_id',
  'wait_end_of_query',
  'enable_http_compression',
]);
/** Formats whose chunks can simply be put one after the other. */
const STREAMED = /\nFORMAT (?:JSONEachRow|JSONCompactEachRow|CSV|TabSeparated)\n/;
/** HTTP status by error code where the server does not answer 500. */
const STATUS = new Map([
  [46, 404],
  [47, 404],
  [60, 404],
  [62, 400],
  [81, 404],
  [159, 408],
  [516, 403],
]);
/** The one user who is not let in. */
const REFUSED_USER = 'stranger';

const directory = process.argv[2] ?? '';
// Keeps the engine open between requests, each of which has a session of its own.
const keeper = new Session(directory, { connectionArgs: ['--implicit_select=0'] });

const server = createServer((request, response) => {
  answer(request, response).catch((error: unknown) =>
    response.destroy(error instanceof Error ? error : undefined),
  );
});

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  if (url.pathname === '/ping') {
    response.end('Ok.\n');
    return;
  }
  const { sql, file } = statementOf(url.searchParams.get('query') ?? '', await readRequest(request));
  const session = new Session(directory, { connectionArgs: ['--implicit_select=0'] });
  try {
    checkUser(request);
    await prepare(session, request, url.searchParams);
    const isStream = url.searchParams.get('wait_end_of_query') !== '1' && STREAMED.test(sql);
    if (isStream) await replyInChunks(session, sql, response);
    else await replyWhole(session, sql, request, response, url.searchParams);
  } catch (error) {
    replyError(error, response);
  } finally {
    if (file !== null) rmSync(file);
    session.close();
  }
}

/** SQL and what follows it. Rows of an insert are put into a file, because chDB counts only those that come from one. */
function statementOf(query: string, body: string): { sql: string; file: string | null } {
  if (body === '' || !query.startsWith('INSERT'))
    return { sql: [query, body].filter((part) => part !== '').join('\n'), file: null };
  const file = `${directory}.${randomBytes(8).toString('hex')}`;
  writeFileSync(file, body);
  return { sql: query.replace('\nSETTINGS ', ` FROM INFILE '${file}' COMPRESSION 'none'\nSETTINGS `), file };
}

function checkUser(request: IncomingMessage): void {
  const [, encoded = ''] = (request.headers.authorization ?? '').split(' ');
  const [user] = Buffer.from(encoded, 'base64').toString().split(':');
  if (user === REFUSED_USER) {
    throw new Error(`Code: 516. DB::Exception: ${user}: Authentication failed. (AUTHENTICATION_FAILED)`);
  }
}

async function readRequest(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  const bytes = Buffer.concat(chunks);
  return (request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes).toString();
}

async function prepare(
  session: Session,
  request: IncomingMessage,
  parameters: URLSearchParams,
): Promise<void> {
  const database = parameters.get('database') ?? request.headers['x-clickhouse-database'];
  if (typeof database === 'string') await session.queryAsync(`USE \`${database}\``);
  for (const [name, value] of parameters) {
    if (!OWN_PARAMETERS.has(name)) await session.queryAsync(`SET ${name} = '${value}'`);
  }
}

async function replyWhole(
  session: Session,
  sql: string,
  request: IncomingMessage,
  response: ServerResponse,
  parameters: URLSearchParams,
): Promise<void> {
  const format = parameters.get('default_format') ?? request.headers['x-clickhouse-format'];
  const result = await session.queryAsync(sql, {
    format: typeof format === 'string' ? format : 'TabSeparated',
  });
  const cost = sql.startsWith('INSERT') ? result : costOf(result.elapsed, result.bytes());
  const summary = {
    // A real server tells them for every format; here those of other formats are not known.
    read_rows: cost.rowsRead === null ? undefined : String(cost.rowsRead),
    read_bytes: cost.bytesRead === null ? undefined : String(cost.bytesRead),
    elapsed_ns: String(Math.round(result.elapsed * 1e9)),
  };
  response.setHeader('X-ClickHouse-Summary', JSON.stringify(summary));
  const zip = parameters.get('enable_http_compression') === '1';
  if (zip) response.setHeader('Content-Encoding', 'gzip');
  response.end(zip ? gzipSync(result.bytes()) : result.bytes());
}

async function replyInChunks(session: Session, sql: string, response: ServerResponse): Promise<void> {
  const tag = randomBytes(8).toString('hex');
  response.setHeader('X-ClickHouse-Exception-Tag', tag);
  try {
    for await (const chunk of session.queryStream(sql, { format: 'JSONEachRow' })) {
      if (response.destroyed) return;
      if (!response.write(chunk.raw())) await drained(response);
    }
    response.end();
  } catch (error) {
    if (!response.headersSent) throw error;
    const message = `${error instanceof Error ? error.message : String(error)}\n`;
    response.end(
      `\r\n__exception__\r\n${tag}\r\n${message}${Buffer.byteLength(message)} ${tag}\r\n__exception__\r\n`,
    );
  }
}

async function drained(response: ServerResponse): Promise<void> {
  const gone = new AbortController();
  const leave = () => gone.abort();
  response.once('close', leave);
  try {
    await once(response, 'drain', { signal: gone.signal });
  } catch (error) {
    if (!gone.signal.aborted) throw error;
  } finally {
    response.off('close', leave);
  }
}

function replyError(error: unknown, response: ServerResponse): void {
  const message = error instanceof Error ? error.message : String(error);
  const code = Number(/Code: (\d+)/.exec(message)?.[1] ?? 1002);
  response.removeHeader('X-ClickHouse-Exception-Tag');
  response.setHeader('X-ClickHouse-Exception-Code', code);
  response.statusCode = STATUS.get(code) ?? 500;
  response.end(`${message} (version 26.7.2.1 (official build))\n`);
}

server.listen(Number(process.argv[3] ?? 0), '127.0.0.1', () => {
  const address = server.address();
  if (address !== null && typeof address === 'object') process.send?.({ port: address.port });
});
process.on('disconnect', () => {
  keeper.close();
  process.exit(0);
});
