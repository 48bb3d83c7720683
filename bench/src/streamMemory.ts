import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Bench, Benchmark } from './benchmark.js';
import { LARGE_TABLE } from './measuredEndpoint.js';
import { peakDuring, residentMib } from './processMemory.js';
import { ServerProcess } from './serverProcess.js';

/** How many rows make a result of about a gigabyte, and of a tenth of it, for comparison. */
const [MANY, FEW] = [5_000_000, 500_000];

/** All that the large Data Source has, some of it twice. */
const ROWS = `SELECT *, session_id AS session, pathname AS page FROM ${LARGE_TABLE}`;

/** What the server has to be told so that it gives such a result to a reader that takes its time. */
const FLAGS = ['--query-result-bytes', String(16 * 1024 ** 3), '--query-seconds', '3600'];

const MB = 1_000_000;

/** Reads a result to its end. @returns its bytes */
type Reader = (response: IncomingMessage) => Promise<number>;

/** A server with rows, and how much memory it had after its first query. */
interface Streaming {
  server: ServerProcess;
  token: string;
  beforeMib: number;
}

/** By how much the server's memory (RSS, MiB) grows at the most while a reader takes a result of a gigabyte as fast as it can. */
export const streamMemory: Benchmark = {
  name: 'query.stream_rss_mb',
  run: (bench) =>
    withStreaming(bench, async (streaming) => {
      await growth(bench, streaming, { rows: FEW, read: readAll });
      return growth(bench, streaming, { rows: MANY, read: readAll });
    }),
};

/** The same with a reader that is slower than the engine by far. */
export const slowStreamMemory: Benchmark = {
  name: 'query.slow_stream_rss_mb',
  run: (bench) =>
    withStreaming(bench, async (streaming) => {
      const bytes = await readAll(await ask(streaming, MANY));
      const read: Reader = (response) => readSlowly(response, bytes / bench.seconds);
      return growth(bench, streaming, { rows: MANY, read });
    }),
};

async function withStreaming(
  bench: Bench,
  measure: (streaming: Streaming) => Promise<number>,
): Promise<number | null> {
  const { dataPath, token } = await bench.dataset('large');
  const server = await ServerProcess.start(dataPath, FLAGS);
  try {
    const beforeMib = await afterFirstQuery(server, token);
    if (beforeMib !== null) return await measure({ server, token, beforeMib });
    bench.say('left out: this system has no /proc');
    return null;
  } finally {
    await server.stop();
  }
}

async function afterFirstQuery(server: ServerProcess, token: string): Promise<number | null> {
  await readAll(await ask({ server, token }, 1));
  return residentMib(server.pid);
}

async function growth(
  { say }: Bench,
  streaming: Streaming,
  { rows, read }: { rows: number; read: Reader },
): Promise<number> {
  const begin = performance.now();
  const { peakMib, result } = await peakDuring(streaming.server.pid, ask(streaming, rows).then(read));
  const seconds = (performance.now() - begin) / 1000;
  const grown = peakMib - streaming.beforeMib;
  say(
    `a result of ${Math.round(result / MB)} MB in ${seconds.toFixed(1)} s: ${grown.toFixed(0)} MiB more memory`,
  );
  return grown;
}

/** Asks for so many rows, as NDJSON. */
async function ask(
  { server, token }: Pick<Streaming, 'server' | 'token'>,
  rows: number,
): Promise<IncomingMessage> {
  const sql = `${ROWS} LIMIT ${rows} FORMAT JSONEachRow`;
  const headers = { authorization: `Bearer ${token}` };
  const request = get(`${server.url}/v0/sql?q=${encodeURIComponent(sql)}`, { agent: false, headers });
  const [response]: IncomingMessage[] = await once(request, 'response');
  if (response?.statusCode === 200) return response;
  throw new Error(`The query was answered with ${response?.statusCode}.`);
}

async function readAll(response: IncomingMessage): Promise<number> {
  let bytes = 0;
  for await (const chunk of response) bytes += chunk.length;
  return bytes;
}

/** Takes no more than so many bytes in a second; what the server sends beyond that has to wait there. */
async function readSlowly(response: IncomingMessage, bytesPerSecond: number): Promise<number> {
  const begin = performance.now();
  let bytes = 0;
  for await (const chunk of response) {
    bytes += chunk.length;
    const early = begin + (bytes / bytesPerSecond) * 1000 - performance.now();
    if (early > 1) await delay(early);
  }
  return bytes;
}
