import { writeFile } from 'node:fs/promises';
import { ArgumentError, type Arguments, readArguments } from './arguments.js';
import type { Benchmark, DatasetSize } from './benchmark.js';
import { callLogging } from './callLogging.js';
import { datafileParsing } from './datafileParsing.js';
import { type Dataset, makeDataset } from './dataset.js';
import { endpointOverBare, endpointOverhead, endpointTailOverBare } from './endpointOverhead.js';
import { endpointPreparing } from './endpointPreparing.js';
import { endpointTail, endpointThroughput, largeEndpointThroughput } from './endpointUnderLoad.js';
import { eventChecking } from './eventChecking.js';
import { batchedEvents, batchedEventsRatio } from './eventsBatch.js';
import { freshness } from './eventsFreshness.js';
import { eventsMemory } from './eventsMemory.js';
import { singleEvents, singleEventsRatio } from './eventsSingle.js';
import { waitingEvents } from './eventsWait.js';
import { figureLine } from './figures.js';
import { makeLargeDataset } from './largeDataset.js';
import { firstQuery, idleMemory } from './startUp.js';
import { slowStreamMemory, streamMemory } from './streamMemory.js';
import { templateCompiling, templateRendering } from './templateRendering.js';

/** Every benchmark, in the order in which they run. */
const BENCHMARKS: readonly Benchmark[] = [
  endpointOverhead,
  endpointOverBare,
  endpointTail,
  endpointTailOverBare,
  endpointThroughput,
  largeEndpointThroughput,
  endpointPreparing,
  callLogging,
  singleEvents,
  singleEventsRatio,
  batchedEvents,
  batchedEventsRatio,
  freshness,
  waitingEvents,
  eventsMemory,
  streamMemory,
  slowStreamMemory,
  firstQuery,
  idleMemory,
  datafileParsing,
  eventChecking,
  templateRendering,
  templateCompiling,
];

/** Runs what was asked for; figures go to standard output, one a line, and what else there is to say to standard error. */
async function run({ only, seconds, json }: Arguments): Promise<void> {
  const say = (text: string): void => void process.stderr.write(`bench: ${text}\n`);
  const made = new Map<DatasetSize, Promise<Dataset>>();
  const dataset = (size: DatasetSize): Promise<Dataset> => {
    const before = made.get(size);
    if (before !== undefined) return before;
    const making =
      size === 'small' ? makeDataset(say) : dataset('small').then((small) => makeLargeDataset(small, say));
    made.set(size, making);
    return making;
  };
  const figures: Record<string, number> = {};
  try {
    for (const benchmark of BENCHMARKS.filter(({ name }) => name.startsWith(only))) {
      say(benchmark.name);
      const figure = await benchmark.run({ dataset, seconds, say });
      if (figure === null) continue;
      figures[benchmark.name] = figure;
      process.stdout.write(figureLine(benchmark.name, figure));
    }
  } finally {
    for (const each of made.values()) await (await each).remove();
  }
  if (json !== null) await writeFile(json, `${JSON.stringify(figures, null, 2)}\n`);
}

try {
  const names = BENCHMARKS.map(({ name }) => name);
  await run(readArguments(process.argv.slice(2), names));
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof ArgumentError ? 2 : 1;
}
