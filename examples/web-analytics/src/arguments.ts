import { parseArgs } from 'node:util';

/** What `npm run generate` is asked to do. */
export type Command =
  | { kind: 'help' }
  | { kind: 'print'; events: number; seed: number }
  | { kind: 'send'; events: number; seed: number; url: string; token: string | null };

/** A wrong argument; the message says which and what is allowed. */
export class ArgumentError extends Error {
  override readonly name = 'ArgumentError';
}

/** The text of `--help`. */
export const HELP = `Generates page hits of a few web shops, as NDJSON. The same seed always gives the same events.

Usage: npm run --silent generate -- [options]

  --events N   how many events [1000]
  --seed S     a whole number that decides what they are [1]
  --send       make the example's Data Source and Pipes on a server and send the events there, instead of printing them
  --url URL    the server [http://localhost:7181]
  --token T    a token that may create [the admin token, which a server on this machine hands out]
  --help
`;

const OPTIONS = {
  events: { type: 'string', default: '1000' },
  seed: { type: 'string', default: '1' },
  send: { type: 'boolean', default: false },
  url: { type: 'string' },
  token: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

/** Reads the command line. @throws ArgumentError */
export function readArguments(args: readonly string[]): Command {
  const { events, seed, send, url, token, help } = parse(args);
  if (help) return { kind: 'help' };
  const what = { events: wholeNumber('events', events), seed: wholeNumber('seed', seed) };
  if (send)
    return { kind: 'send', ...what, url: readUrl(url ?? 'http://localhost:7181'), token: token ?? null };
  if (url === undefined && token === undefined) return { kind: 'print', ...what };
  throw new ArgumentError('--url and --token are for sending: add --send, or leave them out.');
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch (error) {
    // The first line says what is wrong; the others are advice on how Node reads arguments.
    const [reason = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
    throw new ArgumentError(`${reason.replace(/\.$/, '')}. See --help.`, { cause: error });
  }
}

function wholeNumber(name: string, text: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(value)) return value;
  throw new ArgumentError(
    `--${name} is \`${text}\`. Allowed: a whole number from 0 to ${Number.MAX_SAFE_INTEGER}.`,
  );
}

function readUrl(text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  throw new ArgumentError(`--url is \`${text}\`. Allowed: a URL that begins with http:// or https://.`);
}
