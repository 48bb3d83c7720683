import type { Contents, QuarantinedRow, ViewContents, World } from './check.js';
import { Connection } from './send.js';
import { TARGETS, VIEWS, type View } from './shop.js';

/** Requests whose rows are read with one query: the result stays small. */
const REQUESTS_PER_QUERY = 20_000;

/** Where the tables are read. */
export interface TablesNeeds {
  url: string;
  token: string;
  /** The number of the last request that was sent. */
  lastRequest: number;
}

/** Reads everything that a check looks at, over HTTP. @throws Error when a query is not answered */
export async function readWorld({ url, token, lastRequest }: TablesNeeds): Promise<World> {
  const connection = new Connection(url, token);
  try {
    const datasources = new Map<string, Contents>();
    for (const { name } of TARGETS) datasources.set(name, await readContents(connection, name, lastRequest));
    const read: ViewContents[] = [];
    for (const view of VIEWS) read.push(await readView(connection, view));
    return { datasources, views: read };
  } finally {
    connection.close();
  }
}

async function readContents(connection: Connection, table: string, last: number): Promise<Contents> {
  const rows = new Map<number, number[]>();
  // Numbers that were never given out are looked for too, beyond the last one.
  for (let from = 0; from <= last; from += REQUESTS_PER_QUERY) {
    const upTo = from + REQUESTS_PER_QUERY > last ? 'inf' : from + REQUESTS_PER_QUERY;
    const sql = `SELECT request, arraySort(groupArray(row)) AS numbers FROM ${table} WHERE request >= ${from} AND request < ${upTo} GROUP BY request`;
    for (const line of await lines(connection, sql)) {
      // The shape is that of the query above.
      const { request, numbers } = JSON.parse(line) as { request: number; numbers: number[] };
      rows.set(request, numbers);
    }
  }
  const sql = `SELECT request, row, c__error_column, c__error FROM ${table}_quarantine ORDER BY toUInt64OrZero(request), toUInt64OrZero(row)`;
  const quarantine = (await lines(connection, sql)).map(readQuarantined);
  return { rows, quarantine };
}

/** A line of a quarantine table, as the query above gives it. */
interface QuarantineLine {
  request: string | null;
  row: string | null;
  c__error_column: string[];
  c__error: string[];
}

/** A row as its line says. What was no JSON has its number in the line that the reason keeps. */
export function readQuarantined(line: string): QuarantinedRow {
  const { request, row, ...about } = JSON.parse(line) as QuarantineLine;
  const { c__error_column: columns, c__error: reasons } = about;
  const [, ofLine = '-1', rowOfLine = '-1'] = /"request":(\d+),"row":(\d+),/.exec(reasons[0] ?? '') ?? [];
  return { request: Number(request ?? ofLine), row: Number(row ?? rowOfLine), columns, reasons };
}

async function readView(connection: Connection, view: View): Promise<ViewContents> {
  return {
    name: view.target.name,
    stored: await lines(connection, view.stored),
    recomputed: await lines(connection, view.recomputed),
  };
}

async function lines(connection: Connection, sql: string): Promise<string[]> {
  const reply = await connection.post('/v0/sql', `${sql} FORMAT JSONEachRow`);
  if (reply?.status !== 200) throw new Error(`${sql} was answered with ${reply?.status}: ${reply?.body}`);
  return reply.body.split('\n').filter((line) => line !== '');
}
