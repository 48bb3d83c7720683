import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** Built, because a child process can't run the source. */
const PROGRAM = fileURLToPath(new URL('../../../engine/dist/testing/clickhouseHttp.js', import.meta.url));

/** How long it may take to end by itself, in milliseconds. */
const STOP_MS_MAX = 10_000;

/** A server that speaks ClickHouse's HTTP interface, in a process of its own. */
export class ClickHouseProcess {
  private constructor(
    private readonly directory: string,
    private readonly port: number,
    private child: ChildProcess,
  ) {}

  /** Starts one on a free port. @param directory for its data */
  static async start(directory: string): Promise<ClickHouseProcess> {
    const { child, port } = await launch(directory, 0);
    return new ClickHouseProcess(directory, port, child);
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Ends the process at once, whatever it is doing, as a crash would. */
  async kill(): Promise<void> {
    const exited = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exited;
  }

  /** Starts it again after `kill`, with its data, on the same port. */
  async revive(): Promise<void> {
    const { child } = await launch(this.directory, this.port);
    this.child = child;
  }

  async stop(): Promise<void> {
    const exited = once(this.child, 'exit');
    this.child.disconnect();
    // It closes its engine, which waits for what cannot be ended. Nobody needs its data any more.
    const kill = setTimeout(() => this.child.kill('SIGKILL'), STOP_MS_MAX);
    await exited;
    clearTimeout(kill);
  }
}

async function launch(directory: string, port: number): Promise<{ child: ChildProcess; port: number }> {
  const child = fork(PROGRAM, [directory, String(port)], {
    env: { ...process.env, UV_THREADPOOL_SIZE: '48' },
  });
  const [message] = await once(child, 'message');
  return { child, port: message.port };
}
