import { parseArgs } from 'node:util';

/** What `npm run apply` is asked to do. */
export type Command =
  | { kind: 'help' }
  | { kind: 'apply'; directory: string; url: string; token: string | null; test: boolean };

/** A wrong argument; the message says which and what is allowed. */
export class ArgumentError extends Error {
  override readonly name = 'ArgumentError';
}

/** The text of `--help`. */
export const HELP = `Makes a project's Data Sources and Pipes on a server, publishes its endpoints and sends its fixtures.
What is there already stays as it is.

Usage: npm run --silent apply -- folder [options]

  --test       ask the endpoints what the files in tests/ ask, and compare the answers
  --url URL    the server [http://localhost:7181]
  --token T    a token that may create [the admin token, which a server on this machine hands out]
  --help
`;

const OPTIONS = {
  test: { type: 'boolean', default: false },
  url: { type: 'string', default: 'http://localhost:7181' },
  token: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

/** Reads the command line. @throws ArgumentError */
export function readArguments(args: readonly string[]): Command {
  const { values, positionals } = parse(args);
  if (values.help) return { kind: 'help' };
  const [directory, another] = positionals;
  if (directory === undefined || another !== undefined)
    throw new ArgumentError('One folder has to be named. See --help.');
  if (!URL.canParse(values.url) || !/^https?:$/.test(new URL(values.url).protocol))
    throw new ArgumentError(
      `--url is \`${values.url}\`. Allowed: a URL that begins with http:// or https://.`,
    );
  const { url, token = null, test } = values;
  return { kind: 'apply', directory, url, token, test };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    // The first line says what is wrong; the others are advice on how Node reads arguments.
    const [reason = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
    throw new ArgumentError(`${reason.replace(/\.$/, '')}. See --help.`, { cause: error });
  }
}
