import type { Bench } from './benchmark.js';
import { PIPE } from './endpointQuery.js';
import { HttpCaller } from './http.js';
import { RawEngine } from './rawEngine.js';
import { ServerProcess } from './serverProcess.js';

/** The two that are compared, both running, with the same rows. */
export interface Sides {
  http: HttpCaller;
  raw: RawEngine;
}

/** The path of the endpoint that is measured. */
export const ENDPOINT_PATH = `/v0/pipes/${PIPE.name}.json`;

/** Starts both sides, makes sure that they answer the same, lets them be measured, and stops them. */
export async function sideBySide<T>(
  bench: Bench,
  connections: number,
  measure: (sides: Sides) => Promise<T>,
): Promise<T> {
  const dataset = await bench.dataset();
  const server = await ServerProcess.start(dataset.dataPath);
  const raw = new RawEngine(dataset.enginePath);
  const http = new HttpCaller(server.url + ENDPOINT_PATH, dataset.token, connections);
  try {
    await compare({ http, raw });
    return await measure({ http, raw });
  } finally {
    http.close();
    await Promise.all([server.stop(), raw.close()]);
  }
}

/** A comparison is fair only when both do the same work. @throws Error when they do not */
async function compare({ http, raw }: Sides): Promise<void> {
  const [viaHttp, direct] = [dataOf(await http.get()), dataOf(await raw.body())];
  if (viaHttp !== direct) throw new Error(`The endpoint and the raw engine differ:\n${viaHttp}\n${direct}`);
  if (direct === '[]') throw new Error('The endpoint has no rows: there is nothing to measure.');
}

function dataOf(body: string): string {
  const reply: unknown = JSON.parse(body);
  if (typeof reply === 'object' && reply !== null && 'data' in reply) return JSON.stringify(reply.data);
  throw new Error(`The reply has no data: ${body}`);
}
