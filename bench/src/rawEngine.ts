import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Load } from './load.js';
import type { Answer, Order } from './messages.js';
import type { Workload } from './workload.js';

const CHILD = fileURLToPath(new URL('./rawEngineChild.js', import.meta.url));

/** Threads of a query where nothing else is said: what a server gives to one that runs alone. */
export const THREADS = 2;

/** The engine without the server, in a process of its own like the server's. */
export class RawEngine {
  private readonly child: ChildProcess;

  /** @param path an engine directory that no other process uses */
  constructor(path: string) {
    // The same number of threads as the server's start script sets.
    const env = { ...process.env, UV_THREADPOOL_SIZE: '16' };
    this.child = fork(CHILD, [path], { env, execArgv: [] });
  }

  /** Runs DDL or an insert in the Workspace's database. */
  async command(sql: string): Promise<void> {
    await this.ask({ kind: 'command', sql }, 'done');
  }

  /** Says what is run from now on. */
  async prepare(workload: Workload): Promise<void> {
    await this.ask({ kind: 'prepare', workload }, 'done');
  }

  /** The answer to the query for one value of the parameter, as JSON text. */
  async body(value: number): Promise<string> {
    return (await this.ask({ kind: 'once', value }, 'body')).text;
  }

  /** Puts the least of a server in front of the engine. @returns its URL, which answers with the query's result */
  async listen(): Promise<string> {
    return (await this.ask({ kind: 'listen' }, 'listening')).url;
  }

  /** Runs the query one after the other. @returns how long each took, in milliseconds */
  async sequential(ms: number): Promise<number[]> {
    return (await this.ask({ kind: 'sequential', ms }, 'latencies')).ms;
  }

  /** Runs the query for a number of callers at a time. @param threads of each query */
  async concurrent(ms: number, callers: number, threads = THREADS): Promise<Load> {
    return (await this.ask({ kind: 'concurrent', ms, callers, threads }, 'load')).load;
  }

  /** Closes the engine and waits until the process has gone. */
  async close(): Promise<void> {
    const gone = once(this.child, 'exit');
    await this.ask({ kind: 'close' }, 'done');
    await gone;
  }

  private async ask<Kind extends Answer['kind']>(
    order: Order,
    kind: Kind,
  ): Promise<Extract<Answer, { kind: Kind }>> {
    const answer = await new Promise<Answer>((resolve, reject) => {
      const ended = (code: number | null) =>
        reject(new Error(`The process of the raw engine ended with code ${code}.`));
      this.child.once('exit', ended);
      this.child.once('message', (message) => {
        this.child.off('exit', ended);
        // Our own child sends nothing else.
        resolve(message as Answer);
      });
      this.child.send(order);
    });
    if (answer.kind === kind) return answer as Extract<Answer, { kind: Kind }>;
    throw new Error(answer.kind === 'failed' ? answer.reason : `Asked for ${kind}, got ${answer.kind}.`);
  }
}
