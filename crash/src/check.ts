import type { Fault, Ledger, SentRequest } from './ledger.js';

/** A row of a quarantine table. */
export interface QuarantinedRow {
  request: number;
  row: number;
  columns: readonly string[];
  reasons: readonly string[];
}

/** What a Data Source and its quarantine hold. */
export interface Contents {
  /** The numbers of the rows of each request. */
  rows: ReadonlyMap<number, readonly number[]>;
  quarantine: readonly QuarantinedRow[];
}

/** What the target of a view holds, and what its query gives over all rows of the Data Source below: lines that can be compared. */
export interface ViewContents {
  name: string;
  stored: readonly string[];
  recomputed: readonly string[];
}

/** Everything that a check looks at. */
export interface World {
  datasources: ReadonlyMap<string, Contents>;
  views: readonly ViewContents[];
}

/** In what way tables are not what the ledger says. */
export type DifferenceKind = 'lost' | 'doubled' | 'stray' | 'reason' | 'view' | 'reply';

/** One thing that is not what the ledger says. */
export interface Difference {
  kind: DifferenceKind;
  text: string;
}

/**
 * Holds the tables against the ledger (EV-11, EV-12, EV-23, EV-28): a row that was acknowledged is there once, one of which
 * nothing is known at most once, one that was refused not at all; bad rows the same in quarantine, with the right column and
 * reason; views have what their queries give.
 */
export function differences(ledger: Ledger, { datasources, views }: World): Difference[] {
  const found: Difference[] = ledger.wrongReplies.map((text) => ({ kind: 'reply', text }));
  for (const [name, contents] of datasources) {
    const requests = ledger.requests.filter(({ datasource }) => datasource === name);
    found.push(...differencesOfRows(name, requests, contents.rows));
    found.push(...differencesOfQuarantine(`${name}_quarantine`, requests, contents.quarantine));
  }
  return [...found, ...views.flatMap(differencesOfView)];
}

function differencesOfRows(
  table: string,
  requests: readonly SentRequest[],
  rows: Contents['rows'],
): Difference[] {
  const known = new Set(requests.map(({ number }) => number));
  const strays = [...rows.keys()].filter((number) => !known.has(number));
  return [
    ...requests.flatMap((request) => {
      const good = range(request.rows).filter((row) => !request.bad.has(row));
      return differencesOfRequest(table, request, good, rows.get(request.number) ?? []);
    }),
    ...strays.map((number) => stray(table, `request ${number}, which was never sent`)),
  ];
}

function differencesOfQuarantine(
  table: string,
  requests: readonly SentRequest[],
  rows: readonly QuarantinedRow[],
): Difference[] {
  const byRequest = new Map<number, QuarantinedRow[]>();
  for (const row of rows) {
    const others = byRequest.get(row.request);
    if (others === undefined) byRequest.set(row.request, [row]);
    else others.push(row);
  }
  const found = requests.flatMap((request) => {
    const there = byRequest.get(request.number) ?? [];
    byRequest.delete(request.number);
    const numbers = there.map(({ row }) => row);
    return [
      ...differencesOfRequest(table, request, [...request.bad.keys()], numbers),
      ...there.flatMap((row) => differencesOfReason(table, request.bad.get(row.row), row)),
    ];
  });
  const strays = [...byRequest.keys()].map((number) =>
    stray(table, `request ${number}, which was never sent`),
  );
  return [...found, ...strays];
}

/** @param expected the numbers of the rows that belong into the table @param there those that are in it */
function differencesOfRequest(
  table: string,
  request: SentRequest,
  expected: readonly number[],
  there: readonly number[],
): Difference[] {
  // Most requests are as they should be, which takes one look.
  if (request.outcome !== 'refused' && isSame(expected, there)) return [];
  const { outcome, number } = request;
  const place = (row: number): string => `${table}: row ${row} of request ${number} (${outcome})`;
  const times = new Map<number, number>();
  for (const row of there) times.set(row, (times.get(row) ?? 0) + 1);
  const belongs = new Set(outcome === 'refused' ? [] : expected);
  const found: Difference[] = [];
  for (const [row, count] of times) {
    if (!belongs.has(row)) found.push(stray(place(row), 'does not belong there'));
    if (count > 1) found.push({ kind: 'doubled', text: `${place(row)} is there ${count} times` });
  }
  if (outcome !== 'acknowledged') return found;
  const missing = expected.filter((row) => !times.has(row));
  return [
    ...found,
    ...missing.map((row): Difference => ({ kind: 'lost', text: `${place(row)} is not there` })),
  ];
}

function differencesOfReason(table: string, fault: Fault | undefined, row: QuarantinedRow): Difference[] {
  if (fault === undefined) return [];
  const at = row.columns.indexOf(fault.column);
  const isRight = row.columns.length === 1 && (row.reasons[at] ?? '').includes(fault.reason);
  if (isRight) return [];
  const shown = JSON.stringify({ columns: row.columns, reasons: row.reasons });
  const text = `${table}: row ${row.row} of request ${row.request} says ${shown}, not ${JSON.stringify(fault)}`;
  return [{ kind: 'reason', text }];
}

function differencesOfView({ name, stored, recomputed }: ViewContents): Difference[] {
  const [has, should] = [new Set(stored), new Set(recomputed)];
  const differs = (text: string): Difference => ({ kind: 'view', text: `${name}: ${text}` });
  return [
    ...stored.filter((line) => !should.has(line)).map((line) => differs(`has ${line}`)),
    ...recomputed.filter((line) => !has.has(line)).map((line) => differs(`should have ${line}`)),
  ];
}

function stray(place: string, text: string): Difference {
  return { kind: 'stray', text: `${place}: ${text}` };
}

function isSame(expected: readonly number[], there: readonly number[]): boolean {
  return expected.length === there.length && expected.every((row, i) => row === there[i]);
}

function range(length: number): number[] {
  return Array.from({ length }, (_, i) => i);
}
