import { events, toLine } from '@goldcrest/example-web-analytics';
import { type CheckContext, EventChecker } from '@goldcrest/server';
import { parseSchema } from '@goldcrest/sql';
import type { Bench, Benchmark } from './benchmark.js';
import { median } from './figures.js';

/** Rows of one body, and how often it is checked; the first half warms up, and the median of the other counts. */
const ROWS = 10_000;
const ROUNDS = 60;

/** How often a body of one event is checked. */
const SINGLE_ROUNDS = 100_000;

/** The columns of the example's page hits: times, texts, numbers, nested values, an array. */
const SCHEMA = `
  ts DateTime64(3) \`json:$.ts\`,
  session_id String \`json:$.session_id\`,
  visitor UInt64 \`json:$.visitor\`,
  action LowCardinality(String) \`json:$.action\`,
  version LowCardinality(String) \`json:$.version\` DEFAULT '1',
  payload String \`json:$.payload\`,
  shop LowCardinality(String) \`json:$.payload.shop\`,
  pathname String \`json:$.payload.pathname\`,
  country Nullable(String) \`json:$.payload.country\`,
  load_ms Nullable(UInt32) \`json:$.payload.load_ms\`,
  labels Array(String) \`json:$.payload.labels[:]\``;

/** No event of the example is one about which the engine has to be asked. */
const context: CheckContext = {
  database: 'none',
  receivedAt: new Date(Date.UTC(2026, 0, 1)),
  room: { add: () => {} },
  engine: {
    query: () => Promise.reject(new Error('The engine is not asked.')),
  },
};

/** Megabytes of events that are parsed and checked in a second of processor time. */
export const eventChecking: Benchmark = {
  name: 'events.check_mb_s',
  run: async (bench) => {
    const lines = [...events(ROWS, 1)].map((event) => toLine(event).trimEnd());
    const body = Buffer.from(lines.join('\n'));
    const checker = new EventChecker(parseSchema(SCHEMA));
    const checking: number[] = [];
    const parsing: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      checking.push(
        await secondsOf(async () => {
          const { rowCount } = await checker.check(body, context);
          if (rowCount !== ROWS) throw new Error(`Only ${rowCount} of ${ROWS} events were good.`);
        }),
      );
      parsing.push(
        await secondsOf(async () => {
          for (const line of body.toString('utf8').split('\n')) JSON.parse(line);
        }),
      );
    }
    const seconds = median(checking.slice(ROUNDS / 2));
    const parsed = median(parsing.slice(ROUNDS / 2));
    bench.say(`${Math.round(ROWS / seconds)} events/s; JSON.parse alone ${Math.round(ROWS / parsed)}/s`);
    await saySingle(bench, checker, Buffer.from(lines[0] ?? ''));
    return body.length / 1e6 / seconds;
  },
};

async function saySingle(bench: Bench, checker: EventChecker, body: Buffer): Promise<void> {
  const seconds = await secondsOf(async () => {
    for (let round = 0; round < SINGLE_ROUNDS; round += 1) await checker.check(body, context);
  });
  bench.say(`${((seconds / SINGLE_ROUNDS) * 1e6).toFixed(1)} µs for a body of one event`);
}

/** Seconds of processor time, which a busy machine does not lengthen. */
async function secondsOf(work: () => Promise<void>): Promise<number> {
  const begin = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(begin);
  return (user + system) / 1e6;
}
