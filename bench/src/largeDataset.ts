import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GoldcrestClient } from '@goldcrest/client';
import { type Dataset, publish } from './dataset.js';
import { LARGE, LARGE_TABLE } from './measuredEndpoint.js';
import { RawEngine } from './rawEngine.js';
import { ServerProcess } from './serverProcess.js';

/** How often each event is copied, each time as long after the one before as the events last: five million rows over fourteen months. */
const COPIES = 25;
const DAYS_APART = 17;

const SCHEMA = [
  'ts DateTime64(3)',
  'session_id String',
  'shop LowCardinality(String)',
  'pathname String',
  'country Nullable(String)',
  'load_ms Nullable(UInt32)',
].join(', ');

/** The engine fills the table from its own rows, without the server: that takes seconds. */
const FILL = `INSERT INTO ${LARGE_TABLE} (ts, session_id, shop, pathname, country, load_ms)
SELECT ts + toIntervalDay(${DAYS_APART} * copy), session_id, shop, pathname, country, load_ms
FROM page_hits ARRAY JOIN range(${COPIES}) AS copy`;

/** Otherwise both sides would merge parts while they are measured, each in its own time. */
const MERGE = `OPTIMIZE TABLE ${LARGE_TABLE} FINAL`;

/** A copy of the small dataset with a Data Source of five million rows beside its own, and the large endpoint. */
export async function makeLargeDataset(small: Dataset, say: (text: string) => void): Promise<Dataset> {
  const directory = await mkdtemp(join(tmpdir(), 'goldcrest-bench-'));
  const remove = () => rm(directory, { recursive: true, force: true });
  const dataPath = join(directory, 'data');
  const enginePath = join(directory, 'engine');
  try {
    say('making five million rows');
    await cp(small.dataPath, dataPath, { recursive: true, verbatimSymlinks: true });
    await makeEndpoint(dataPath, small.token);
    await fill(join(dataPath, 'engine'));
    await cp(join(dataPath, 'engine'), enginePath, { recursive: true, verbatimSymlinks: true });
    return { dataPath, enginePath, token: small.token, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function makeEndpoint(dataPath: string, token: string): Promise<void> {
  const server = await ServerProcess.start(dataPath);
  try {
    const client = new GoldcrestClient({ host: server.url, token });
    await client.createDataSource(LARGE_TABLE, SCHEMA, {
      engine: 'MergeTree',
      engine_partition_key: 'toYYYYMM(ts)',
      engine_sorting_key: 'shop, ts',
    });
    await publish(client, LARGE);
  } finally {
    await server.stop();
  }
}

async function fill(enginePath: string): Promise<void> {
  const engine = new RawEngine(enginePath);
  try {
    await engine.command(FILL);
    await engine.command(MERGE);
  } finally {
    await engine.close();
  }
}
