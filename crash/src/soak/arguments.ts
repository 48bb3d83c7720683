import { parseArgs } from 'node:util';
import { parsedArguments, wholeNumber } from '../arguments.js';

const OPTIONS = { minutes: { type: 'string', default: '10' } } as const;

/** A day. */
const MINUTES_MAX = 1440;

/** Reads the command line of `npm run soak`. @throws ArgumentError */
export function readSoakArguments(args: readonly string[]): { seconds: number } {
  const { minutes } = parsedArguments(() => parseArgs({ args: [...args], options: OPTIONS }).values, OPTIONS);
  return { seconds: wholeNumber('minutes', minutes, 1, MINUTES_MAX) * 60 };
}
