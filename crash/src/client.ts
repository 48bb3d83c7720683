import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '@goldcrest/example-web-analytics';
import { type Composed, compose } from './compose.js';
import type { Ledger, SentRequest } from './ledger.js';
import { Connection, type Reply } from './send.js';

/** Requests of one client in one round at the most: a fast server must not make a run longer. */
const REQUESTS_MAX = 60;

/** Longest rest between two requests. */
const REST_MS_MAX = 25;

/** Of the requests that waited, how many are asked for at once. */
const ASKED_SHARE = 0.2;

/** Statuses with which a request is refused as a whole, to be sent again later. */
const REFUSED: readonly number[] = [429, 503];

/** Where a client sends to. */
export interface ClientNeeds {
  url: string;
  token: string;
  ledger: Ledger;
  /** Decides what the client sends, and nobody else draws from it. */
  random: Random;
}

/** Sends one request after the other until the server goes away or is going to. @param name the client's */
export async function runClient(needs: ClientNeeds, name: string, stop: AbortSignal): Promise<void> {
  const { url, token, ledger, random } = needs;
  const connection = new Connection(url, token);
  try {
    for (let sent = 0; sent < REQUESTS_MAX && !stop.aborted; sent += 1) {
      const composed = compose(ledger, random, name);
      const reply = await sendEvents(connection, composed);
      if (reply === null) return;
      note(ledger, composed, reply);
      if (reply.status === 200 && random.chance(ASKED_SHARE)) {
        await ask(connection, ledger, composed.request);
      }
      await delay(random.below(REST_MS_MAX));
    }
  } finally {
    connection.close();
  }
}

function sendEvents(connection: Connection, { request, wait, gzip, body }: Composed): Promise<Reply | null> {
  const path = `/v0/events?name=${request.datasource}&wait=${wait}`;
  return connection.post(path, body, gzip ? { 'content-encoding': 'gzip' } : {});
}

/** Puts down what a reply promises, and what is wrong with it (EV-10…EV-12, EV-17, EV-18). */
export function note(
  ledger: Ledger,
  { request, wait }: Pick<Composed, 'request' | 'wait'>,
  reply: Reply,
): void {
  const wrong = (what: string): void => {
    ledger.wrongReplies.push(`request ${request.number} to ${request.datasource}: ${what}: ${reply.body}`);
  };
  if (REFUSED.includes(reply.status)) {
    request.outcome = 'refused';
    if (!/^\d+$/.test(reply.retryAfter ?? '')) wrong(`${reply.status} without Retry-After`);
    return;
  }
  const [good, bad, missed] = [request.rows - request.bad.size, request.bad.size, request.missed.size];
  if (reply.status !== (wait ? (missed > 0 ? 422 : 200) : 202)) {
    wrong(`status ${reply.status} with wait=${wait}`);
    return;
  }
  request.outcome = 'acknowledged';
  if (reply.status === 422) {
    if (!reply.body.includes(` misses ${missed} of ${good}. `)) wrong(`a view misses ${missed} of ${good}`);
    return;
  }
  if (reply.body !== JSON.stringify({ successful_rows: good, quarantined_rows: bad })) {
    wrong(`the counts are not ${good} and ${bad}`);
  }
}

/** What waited can be queried (EV-12). A server that is gone by now has nothing to say. */
async function ask(connection: Connection, ledger: Ledger, request: SentRequest): Promise<void> {
  const { number, datasource, rows, bad } = request;
  const sql = `SELECT count() FROM ${datasource} WHERE request = ${number} FORMAT TSV`;
  const reply = await connection.post('/v0/sql', sql);
  if (reply === null || REFUSED.includes(reply.status)) return;
  if (reply.status === 200 && reply.body.trim() === String(rows - bad.size)) return;
  ledger.wrongReplies.push(
    `request ${number} to ${datasource}: after wait=true ${reply.body.trim()} of ${rows - bad.size} rows could be queried`,
  );
}
