import { parseArgs } from 'node:util';

/** A wrong argument; the message says which and what is allowed. */
export class ArgumentError extends Error {
  override readonly name = 'ArgumentError';
}

/** What `npm run crash` is asked to do. */
export interface Arguments {
  /** How often the server is killed while it is sent to. */
  rounds: number;
  /** Decides what is sent and when the server is killed. */
  seed: number;
  /** Whether the disk and the engine of the server fail now and then. */
  faults: boolean;
  /** The tables are held against the ledger after so many rounds, and in the end. */
  checkEvery: number;
}

/** Bounds of the arguments. */
const ROUNDS_MAX = 100_000;
const SEED_MAX = 1_000_000;

const OPTIONS = {
  rounds: { type: 'string', default: '100' },
  seed: { type: 'string', default: '1' },
  faults: { type: 'boolean', default: false },
  'check-every': { type: 'string', default: '10' },
} as const;

/** Reads the command line. @throws ArgumentError */
export function readArguments(args: readonly string[]): Arguments {
  const values = parsedArguments(() => parseArgs({ args: [...args], options: OPTIONS }).values, OPTIONS);
  return {
    rounds: wholeNumber('rounds', values.rounds, 1, ROUNDS_MAX),
    seed: wholeNumber('seed', values.seed, 0, SEED_MAX),
    faults: values.faults,
    checkEvery: wholeNumber('check-every', values['check-every'], 1, ROUNDS_MAX),
  };
}

/** What `parse` gives. @param options those that there are, for the message @throws ArgumentError when it fails */
export function parsedArguments<Values>(
  parse: () => Values,
  options: Readonly<Record<string, unknown>>,
): Values {
  try {
    return parse();
  } catch (error) {
    // The first line says what is wrong; the others are advice on how Node reads arguments.
    const [reason = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
    const names = Object.keys(options).map((name) => `--${name}`);
    throw new ArgumentError(`${reason.replace(/\.$/, '')}. The options are ${names.join(', ')}.`, {
      cause: error,
    });
  }
}

/** The number that an option's text says. @throws ArgumentError */
export function wholeNumber(name: string, text: string, min: number, max: number): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new ArgumentError(`--${name} is \`${text}\`. Allowed: a whole number from ${min} to ${max}.`);
}
