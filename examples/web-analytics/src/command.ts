import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { GoldcrestClient, localToken } from '@goldcrest/client';
import { endpointNames } from '@goldcrest/project';
import { ArgumentError, type Command, HELP, readArguments } from './arguments.js';
import { events } from './events.js';
import { type PageHit, toLine } from './pageHit.js';
import { applyWebAnalytics, webAnalytics } from './project.js';
import { sendEvents } from './send.js';

/** Characters that are written at once: few writes, little memory. */
const CHUNK_CHARACTERS = 64 * 1024;

/** Requests of this many events, of which a few are under way: a server takes them well, and memory stays small. */
const SENDING = { batch: 1000, concurrency: 4 };

/** Where a command writes. */
export interface Outputs {
  out: Writable;
  err: Writable;
}

/**
 * Runs `npm run generate`; never throws.
 * @param args what follows the program's name
 * @returns the exit code: 0, 1 when sending or writing failed, 2 for wrong arguments
 */
export async function runCommand(args: readonly string[], outputs: Outputs): Promise<number> {
  try {
    await run(readArguments(args), outputs);
    return 0;
  } catch (error) {
    // Whoever reads has seen enough, as with `| head`.
    if (error instanceof Error && 'code' in error && error.code === 'EPIPE') return 0;
    outputs.err.write(`generate: ${sentence(error)}\n`);
    return error instanceof ArgumentError ? 2 : 1;
  }
}

async function run(command: Command, outputs: Outputs): Promise<void> {
  switch (command.kind) {
    case 'help':
      return write(outputs.out, [HELP]);
    case 'print':
      return write(outputs.out, chunks(events(command.events, command.seed)));
    case 'send':
      return send(command, outputs);
  }
}

/** Writes no faster than the reader reads. Rejects with the stream's error, `EPIPE` when the reader is gone. */
async function write(out: Writable, texts: Iterable<string>): Promise<void> {
  await pipeline(Readable.from(texts), out, { end: false });
}

function* chunks(hits: Iterable<PageHit>): Generator<string> {
  let chunk = '';
  for (const hit of hits) {
    chunk += `${toLine(hit)}\n`;
    if (chunk.length < CHUNK_CHARACTERS) continue;
    yield chunk;
    chunk = '';
  }
  if (chunk !== '') yield chunk;
}

async function send(command: Extract<Command, { kind: 'send' }>, { out }: Outputs): Promise<void> {
  const { url } = command;
  const client = new GoldcrestClient({ host: url, token: command.token ?? (await localToken(url)) });
  await applyWebAnalytics(client);
  const counts = await sendEvents(client, events(command.events, command.seed), SENDING);
  const endpoints = endpointNames(await webAnalytics()).map((name) => `  ${url}/v0/pipes/${name}.json\n`);
  await write(out, [
    `${counts.successful_rows} rows sent, ${counts.quarantined_rows} in quarantine. Endpoints:\n`,
    ...endpoints,
  ]);
}

function sentence(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // `fetch failed` says nothing; its cause says that nobody listens, or what else it was.
  const cause =
    error.cause instanceof Error && !(error instanceof ArgumentError) ? reasonOf(error.cause) : '';
  return cause === '' ? error.message : `${error.message} (${cause}). Is the server running?`;
}

function reasonOf(cause: Error): string {
  return 'code' in cause ? `${String(cause.code)} ${cause.message}`.trim() : cause.message;
}
