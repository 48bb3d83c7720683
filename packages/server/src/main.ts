import { readFileSync } from 'node:fs';
import pino, { type Logger } from 'pino';
import { banner } from './banner.js';
import { type Config, ConfigError, helpText, readCommandLine } from './config/index.js';
import type { Server } from './server.js';

/** How long a stop may take before the process ends all the same. */
const STOP_MS_MAX = 30_000;

/** How much of the log may wait to be written, and for how long. */
const LOG_BUFFER_BYTES = 8 * 1024;
const LOG_FLUSH_MS = 250;

/** Runs the server's command line; never throws. @param args what follows the program's name */
export async function run(args: readonly string[]): Promise<void> {
  try {
    const command = readCommandLine(args, process.env);
    if (command.kind === 'help') process.stdout.write(helpText());
    else if (command.kind === 'version') process.stdout.write(`goldcrest ${version()}\n`);
    else await serve(command.config);
  } catch (error) {
    process.stderr.write(`goldcrest: ${sentence(error)}\n`);
    process.exit(error instanceof ConfigError ? 2 : 1);
  }
}

async function serve(config: Config): Promise<void> {
  // Whatever is written from here on is for its owner only.
  process.umask(0o077);
  const log = openLog(config);
  // Loaded here, so that `--help` and a wrong option answer without waiting for the engine's library.
  const { startServer } = await import('./server.js');
  const server = await startServer(config, log);
  stopOnSignals(server, log);
  process.stdout.write(banner(server));
}

/** Log lines are written together: a system call for each would cost a request more than all else that is done for it here. */
function openLog(config: Config): Logger {
  const output = pino.destination({ fd: 2, sync: false, minLength: LOG_BUFFER_BYTES });
  setInterval(() => output.flush(), LOG_FLUSH_MS).unref();
  return pino({ level: config.logLevel, base: null }, output);
}

function stopOnSignals(server: Server, log: Logger): void {
  let stopping = false;
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    if (stopping) return;
    stopping = true;
    log.info({ signal }, 'stopping');
    setTimeout(() => process.exit(1), STOP_MS_MAX).unref();
    try {
      await server.close();
      log.info('stopped');
      log.flush(() => process.exit(0));
    } catch (error) {
      log.error({ err: error }, 'the server did not stop cleanly');
      log.flush(() => process.exit(1));
    }
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
}

/** What kept the server from starting, in one sentence. */
function sentence(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ('code' in error && error.code === 'EADDRINUSE' && 'port' in error) {
    return `Port ${String(error.port)} is in use. Stop what uses it, or choose another with --port.`;
  }
  if ('code' in error && error.code === 'EACCES' && 'port' in error) {
    return `Listening on port ${String(error.port)} is not permitted. Choose a port above 1023 with --port.`;
  }
  return error.message;
}

function version(): string {
  const document: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  return typeof document === 'object' && document !== null && 'version' in document
    ? String(document.version)
    : '';
}
