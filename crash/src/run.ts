import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ServerProcess } from '@goldcrest/bench';
import { GoldcrestClient, localToken } from '@goldcrest/client';
import { Random } from '@goldcrest/example-web-analytics';
import type { Arguments } from './arguments.js';
import { type Difference, differences } from './check.js';
import { runClient } from './client.js';
import { FAULTY_SERVER, faultFlags } from './faults/flags.js';
import { Ledger } from './ledger.js';
import { prepare } from './prepare.js';
import { readWorld } from './tables.js';

/** Settings of the server besides the defaults: small segments, so that a kill hits their rotation and their flush often. */
const FLAGS: readonly string[] = ['--ingest-segment-bytes', '16384', '--ingest-gather-ms', '30'];

const CLIENTS = 12;

/** The server is killed while clients send, at most so long after they began. */
const LOAD_MS_MAX = 1500;

/** But not before they have sent some requests, of which a busy machine takes few in that time; unless that takes too long. */
const REQUESTS_MIN_MAX = 80;
const LOAD_MS_LATEST = 4000;
const LOOK_SENT_MS = 5;

/** Of the rounds, how many begin with a server that is killed while it starts, and how long after its start at the most. */
const START_KILL_SHARE = 0.3;
const START_MS_MAX = 1500;

/** How long rows may be on their way after a start. */
const SETTLE_MS_MAX = 60_000;
const LOOK_MS = 200;

/** After everything was found to be right: what would be written twice comes after it. */
const REST_MS = 500;

/** How a run ended. */
export interface RunResult {
  differences: readonly Difference[];
  /** One line about what was sent and what was found. */
  summary: string;
}

/**
 * Kills a server again and again while clients send to it, and holds what it has then against the ledger. What is left in the
 * directory is removed when there is no difference.
 * @param say is told how far it is
 * @throws Error when a server does not start, or a query is not answered
 */
export async function run(options: Arguments, say: (text: string) => void): Promise<RunResult> {
  const directory = await mkdtemp(join(tmpdir(), 'goldcrest-crash-'));
  const crash = new Crash(options, join(directory, 'data'));
  let isRight = false;
  try {
    const found = await crash.run(say);
    isRight = found.length === 0;
    return { differences: found, summary: crash.summary(found) };
  } finally {
    if (isRight) await rm(directory, { recursive: true, force: true });
    else say(`the data and the servers' log are in ${directory}`);
  }
}

class Crash {
  private readonly ledger = new Ledger();
  private readonly random: Random;
  private token = '';
  private roundsDone = 0;
  private startsKilled = 0;
  private startsFailed = 0;

  constructor(
    private readonly options: Arguments,
    private readonly dataPath: string,
  ) {
    this.random = new Random(options.seed);
  }

  async run(say: (text: string) => void): Promise<Difference[]> {
    await this.prepare();
    const { rounds, checkEvery } = this.options;
    for (let round = 1; round <= rounds; round += 1) {
      await this.round(round);
      this.roundsDone = round;
      if (round % checkEvery !== 0 && round !== rounds) continue;
      const found = await this.check();
      say(this.summary(found));
      if (found.length > 0) return found;
    }
    // Once more after another start: what an earlier one left to be done again would be there twice.
    return this.check();
  }

  /** One line about what was sent so far and what was found. */
  summary(found: readonly Difference[]): string {
    const { ledger, options } = this;
    const count = (kind: Difference['kind']): number => found.filter((each) => each.kind === kind).length;
    const sent = `${ledger.requests.length} requests (${ledger.count('acknowledged')} acknowledged, ${ledger.count('refused')} refused, ${ledger.count('unknown')} without a reply)`;
    const kills = `${this.roundsDone} rounds from seed ${options.seed}${options.faults ? ' with faults' : ''}, ${this.startsKilled} starts killed${options.faults ? `, ${this.startsFailed} starts failed` : ''}`;
    const results = `${count('lost')} lost, ${count('doubled')} doubled, ${count('stray')} strays, ${count('reason')} wrong reasons, ${count('reply')} wrong replies, ${count('view')} differences in views`;
    return `${kills}: ${sent}, ${ledger.acknowledgedRows} rows acknowledged; ${results}`;
  }

  private async prepare(): Promise<void> {
    const server = await ServerProcess.start(this.dataPath, FLAGS);
    try {
      this.token = await localToken(server.url);
      await prepare(new GoldcrestClient({ host: server.url, token: this.token }));
    } finally {
      await server.stop();
    }
  }

  private async round(round: number): Promise<void> {
    if (this.random.chance(START_KILL_SHARE)) {
      await ServerProcess.killAfter(this.random.below(START_MS_MAX), this.dataPath, FLAGS);
      this.startsKilled += 1;
    }
    const loadMs = this.random.below(LOAD_MS_MAX);
    const requestsMin = this.ledger.requests.length + this.random.below(REQUESTS_MIN_MAX);
    const server = await this.startServer(round);
    if (server === null) return;
    const stop = new AbortController();
    const clients = Array.from({ length: CLIENTS }, (_, i) => {
      const random = new Random(this.options.seed * 2 ** 32 + round * CLIENTS + i);
      const needs = { url: server.url, token: this.token, ledger: this.ledger, random };
      return runClient(needs, `client-${i}`, stop.signal);
    });
    await delay(loadMs);
    await this.untilSent(requestsMin, performance.now() + LOAD_MS_LATEST - loadMs);
    await server.kill();
    stop.abort();
    await Promise.all(clients);
  }

  /** Resolves when so many requests were sent in all, or at a time. */
  private async untilSent(requests: number, latest: number): Promise<void> {
    while (this.ledger.requests.length < requests && performance.now() < latest) await delay(LOOK_SENT_MS);
  }

  /** The server of a round; null when the faults kept it from starting, which they may. */
  private async startServer(round: number): Promise<ServerProcess | null> {
    if (!this.options.faults) return ServerProcess.start(this.dataPath, FLAGS);
    const flags = [...FLAGS, ...faultFlags(this.options.seed, round)];
    try {
      return await ServerProcess.start(this.dataPath, flags, FAULTY_SERVER);
    } catch {
      this.startsFailed += 1;
      return null;
    }
  }

  /** Starts a server without faults and compares when nothing is on its way any more. */
  private async check(): Promise<Difference[]> {
    const server = await ServerProcess.start(this.dataPath, FLAGS);
    try {
      const found = await this.settled(server.url);
      if (found.length > 0) return found;
      await delay(REST_MS);
      return await this.compare(server.url);
    } finally {
      await (this.random.chance(0.5) ? server.stop() : server.kill());
    }
  }

  /** What is different when time does not help any more. */
  private async settled(url: string): Promise<Difference[]> {
    const deadline = performance.now() + SETTLE_MS_MAX;
    for (;;) {
      const found = await this.compare(url);
      const pending = found.length > 0 && found.every(({ kind }) => kind === 'lost' || kind === 'view');
      if (!pending || performance.now() > deadline) return found;
      await delay(LOOK_MS);
    }
  }

  private async compare(url: string): Promise<Difference[]> {
    const { token, ledger } = this;
    const world = await readWorld({ url, token, lastRequest: ledger.requests.length });
    return differences(ledger, world);
  }
}
