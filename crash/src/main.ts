import { ArgumentError, readArguments } from './arguments.js';
import { run } from './run.js';

/** How many differences are shown. */
const SHOWN_MAX = 20;

try {
  const say = (text: string): void => void process.stderr.write(`crash: ${text}\n`);
  const { differences, summary } = await run(readArguments(process.argv.slice(2)), say);
  for (const { kind, text } of differences.slice(0, SHOWN_MAX)) process.stdout.write(`${kind}: ${text}\n`);
  process.stdout.write(`${summary}\n`);
  process.exitCode = differences.length === 0 ? 0 : 1;
} catch (error) {
  process.stderr.write(`crash: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof ArgumentError ? 2 : 1;
}
