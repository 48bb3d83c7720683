import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../../packages/server/bin/goldcrest.cjs', import.meta.url));

/** A server that is not ready by then is not going to be. */
const START_MS_MAX = 60_000;

/** How much of a failed server's log is shown, in characters. */
const LOG_SHOWN_MAX = 2000;

/** The server as people run it: a process of its own, with the default settings unless a flag says otherwise, its log in a file. */
export class ServerProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {}

  /**
   * Starts the server on a data directory; resolves when it listens.
   * @param program another one than the server's own, which prints the same when it listens
   * @throws Error with the end of its log
   */
  static async start(
    dataPath: string,
    flags: readonly string[] = [],
    program = PROGRAM,
  ): Promise<ServerProcess> {
    const child = launch(dataPath, flags, program);
    const url = await listeningUrl(child);
    if (url !== null) return new ServerProcess(child, url);
    child.kill('SIGKILL');
    throw new Error(
      `The server did not start:\n${readFileSync(logPath(dataPath), 'utf8').slice(-LOG_SHOWN_MAX)}`,
    );
  }

  /** Starts the server and kills it after a while, whether it listens by then or not; resolves when it has gone. */
  static async killAfter(
    ms: number,
    dataPath: string,
    flags: readonly string[] = [],
    program = PROGRAM,
  ): Promise<void> {
    const child = launch(dataPath, flags, program);
    const gone = once(child, 'exit');
    await Promise.race([delay(ms), gone]);
    child.kill('SIGKILL');
    await gone;
  }

  /** The process's id. */
  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Stops the server and waits until it has gone. */
  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await gone;
  }

  /** Ends the process where it is, as a loss of the machine would; resolves when it has gone. */
  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await gone;
  }
}

/** Where the log of a server is, of all its starts one after the other. */
function logPath(dataPath: string): string {
  return `${dataPath}.log`;
}

function launch(dataPath: string, flags: readonly string[], program: string): ChildProcess {
  const where = ['--data', dataPath, '--host', '127.0.0.1', '--port', '0'];
  const args = [...nodeOptions(), program, ...where, ...flags];
  // Other programs than the server's own do not set the number of threads.
  const env = { UV_THREADPOOL_SIZE: '16', ...process.env };
  const log = openSync(logPath(dataPath), 'a');
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', log], env });
  closeSync(log);
  return child;
}

/** Options for the server's Node, e.g. `--cpu-prof`, from the environment variable BENCH_SERVER_NODE_OPTIONS. */
function nodeOptions(): string[] {
  return (process.env['BENCH_SERVER_NODE_OPTIONS'] ?? '').split(' ').filter((option) => option !== '');
}

/** The address in the banner that a started server prints; null when it ends or takes too long. */
function listeningUrl(child: ChildProcess): Promise<string | null> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(null), START_MS_MAX);
    const settle = (url: string | null): void => {
      clearTimeout(timer);
      resolve(url);
    };
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const url = /running at (http\S+)/.exec(text)?.[1];
      if (url !== undefined) settle(url);
    });
    child.once('exit', () => settle(null));
  });
}
