import type { Bench } from './benchmark.js';
import { HttpCaller } from './http.js';
import { type MeasuredEndpoint, pathOf, VALUES } from './measuredEndpoint.js';
import { RawEngine } from './rawEngine.js';
import { ServerProcess } from './serverProcess.js';
import { cycle, workloadOf } from './workload.js';

/** The two that are compared, both running, with the same rows. */
export interface Sides {
  http: HttpCaller;
  raw: RawEngine;
}

/** Asks an endpoint for the next value of its parameter, each time it is called. */
export function endpointCaller(
  http: HttpCaller,
  endpoint: MeasuredEndpoint,
): () => ReturnType<HttpCaller['get']> {
  const nextValue = cycle();
  return () => http.get(pathOf(endpoint, nextValue()));
}

/** Starts both sides, makes sure that they do the same, lets them be measured, and stops them. */
export async function sideBySide<T>(
  bench: Bench,
  endpoint: MeasuredEndpoint,
  connections: number,
  measure: (sides: Sides) => Promise<T>,
): Promise<T> {
  const dataset = await bench.dataset(endpoint.dataset);
  const server = await ServerProcess.start(dataset.dataPath);
  const raw = new RawEngine(dataset.enginePath);
  const http = new HttpCaller(server.url, dataset.token, connections);
  try {
    await raw.prepare(await workloadOf(http, endpoint));
    for (const value of [0, 1, VALUES - 1]) await compare({ http, raw }, endpoint, value);
    return await measure({ http, raw });
  } finally {
    http.close();
    await Promise.all([server.stop(), raw.close()]);
  }
}

/** A comparison is fair only when both do the same work. @throws Error when they do not */
async function compare({ http, raw }: Sides, endpoint: MeasuredEndpoint, value: number): Promise<void> {
  const answer = await http.get(pathOf(endpoint, value));
  const [viaHttp, direct] = [dataOf(answer.body), dataOf(await raw.body(value))];
  if (viaHttp !== direct) throw new Error(`The endpoint and the raw engine differ:\n${viaHttp}\n${direct}`);
  if (direct === '[]') throw new Error('The endpoint has no rows: there is nothing to measure.');
}

function dataOf(body: string): string {
  const reply: unknown = JSON.parse(body);
  if (typeof reply === 'object' && reply !== null && 'data' in reply) return JSON.stringify(reply.data);
  throw new Error(`The reply has no data: ${body}`);
}
