import { parseArgs } from 'node:util';

/** What `npm run bench` is asked to do. */
export interface Arguments {
  /** Only benchmarks whose name begins with this. */
  only: string;
  /** How long each benchmark measures. */
  seconds: number;
  /** Where the figures are also written, as one JSON object; null for nowhere. */
  json: string | null;
}

/** A wrong argument; the message says which and what is allowed. */
export class ArgumentError extends Error {
  override readonly name = 'ArgumentError';
}

/** Longest measurement of one benchmark, in seconds. */
const SECONDS_MAX = 3600;

const OPTIONS = {
  only: { type: 'string', default: '' },
  seconds: { type: 'string', default: '10' },
  json: { type: 'string' },
} as const;

/** Reads the command line. @param names of the benchmarks that there are @throws ArgumentError */
export function readArguments(args: readonly string[], names: readonly string[]): Arguments {
  const { only, seconds, json } = parse(args);
  if (!names.some((name) => name.startsWith(only))) {
    throw new ArgumentError(`--only is \`${only}\`. Allowed: the beginning of one of ${names.join(', ')}.`);
  }
  const value = /^\d+$/.test(seconds) ? Number(seconds) : 0;
  if (value < 1 || value > SECONDS_MAX) {
    throw new ArgumentError(`--seconds is \`${seconds}\`. Allowed: a whole number from 1 to ${SECONDS_MAX}.`);
  }
  return { only, seconds: value, json: json ?? null };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch (error) {
    // The first line says what is wrong; the others are advice on how Node reads arguments.
    const [reason = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
    const message = `${reason.replace(/\.$/, '')}. The options are --only, --seconds and --json.`;
    throw new ArgumentError(message, { cause: error });
  }
}
