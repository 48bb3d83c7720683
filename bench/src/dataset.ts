import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GoldcrestClient } from '@goldcrest/client';
import { applyWebAnalytics, events, sendEvents } from '@goldcrest/example-web-analytics';
import { type MeasuredEndpoint, SMALL } from './measuredEndpoint.js';
import { RawEngine } from './rawEngine.js';
import { ServerProcess } from './serverProcess.js';

const EVENTS = 200_000;
const SEED = 1;

/** Large requests, since loading is not what is measured. */
const LOADING = { batch: 10_000, concurrency: 2 };

/** Rows in a server's data directory, and a copy of its engine directory: a directory belongs to one process at a time. */
export interface Dataset {
  /** For a server's `--data`. */
  dataPath: string;
  /** For a raw engine: the same files, so the same rows in the same parts. */
  enginePath: string;
  /** The admin token. */
  token: string;
  remove: () => Promise<void>;
}

/** Loads the example's events into a server and publishes the small endpoint. @param say tells of progress */
export async function makeDataset(say: (text: string) => void): Promise<Dataset> {
  const directory = await mkdtemp(join(tmpdir(), 'goldcrest-bench-'));
  const remove = () => rm(directory, { recursive: true, force: true });
  const dataPath = join(directory, 'data');
  const enginePath = join(directory, 'engine');
  try {
    say(`loading ${EVENTS} events`);
    const token = await load(dataPath);
    await mergeParts(join(dataPath, 'engine'));
    await cp(join(dataPath, 'engine'), enginePath, { recursive: true, verbatimSymlinks: true });
    return { dataPath, enginePath, token, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function load(dataPath: string): Promise<string> {
  const server = await ServerProcess.start(dataPath);
  try {
    const token = await adminToken(server.url);
    const client = new GoldcrestClient({ host: server.url, token });
    await applyWebAnalytics(client);
    await publish(client, SMALL);
    const counts = await sendEvents(client, events(EVENTS, SEED), LOADING);
    if (counts.successful_rows !== EVENTS)
      throw new Error(`Only ${counts.successful_rows} of ${EVENTS} rows were taken.`);
    return token;
  } finally {
    await server.stop();
  }
}

/**
 * Makes one part of what was loaded. How many there are after a load depends on its speed, and the time of a query on how many there
 * are; and merges that go on while one side is measured would slow down that side only.
 */
async function mergeParts(enginePath: string): Promise<void> {
  const engine = new RawEngine(enginePath);
  try {
    await engine.command('OPTIMIZE TABLE page_hits FINAL');
  } finally {
    await engine.close();
  }
}

/** Makes the Pipe of a measured endpoint. */
export async function publish(client: GoldcrestClient, { name, nodes }: MeasuredEndpoint): Promise<void> {
  await client.createPipe({ name, nodes });
  await client.publish(name, nodes.at(-1)?.name ?? '');
}

async function adminToken(url: string): Promise<string> {
  const tokens: unknown = await (await fetch(`${url}/tokens`)).json();
  if (typeof tokens === 'object' && tokens !== null && 'workspace_admin_token' in tokens) {
    return String(tokens.workspace_admin_token);
  }
  throw new Error('The server did not hand out its admin token.');
}
