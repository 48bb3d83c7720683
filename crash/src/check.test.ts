import { expect, test } from 'vitest';
import { type Contents, differences, type QuarantinedRow, type ViewContents } from './check.js';
import { type Fault, Ledger, type Outcome } from './ledger.js';

const FAULT: Fault = { column: 'amount', reason: 'is not a valid Int32' };

/** Requests of three rows, of which the last is a bad one. */
function ledgerOf(...outcomes: Outcome[]): Ledger {
  const ledger = new Ledger();
  for (const outcome of outcomes) {
    ledger.begin({ datasource: 'visits', rows: 3 }, new Map([[2, FAULT]])).outcome = outcome;
  }
  return ledger;
}

function quarantined(request: number, row = 2): QuarantinedRow {
  return { request, row, columns: ['amount'], reasons: ['"many" is not a valid Int32'] };
}

function check(
  ledger: Ledger,
  rows: Record<number, number[]>,
  quarantine: QuarantinedRow[],
  views: ViewContents[] = [],
): unknown[] {
  const numbered = new Map(Object.entries(rows).map(([number, each]) => [Number(number), each]));
  const contents: Contents = { rows: numbered, quarantine };
  const found = differences(ledger, { datasources: new Map([['visits', contents]]), views });
  return found.map(({ kind, text }) => [kind, text]);
}

test.each<[string, Outcome, Record<number, number[]>, QuarantinedRow[]]>([
  ['acknowledged and whole', 'acknowledged', { 1: [0, 1] }, [quarantined(1)]],
  ['unknown and whole', 'unknown', { 1: [0, 1] }, [quarantined(1)]],
  ['unknown and not there', 'unknown', {}, []],
  ['unknown with some of its rows', 'unknown', { 1: [1] }, []],
  ['refused and not there', 'refused', {}, []],
])('[EV-11] [EV-23] a request that is %s is no difference', (_title, outcome, rows, quarantine) => {
  expect(check(ledgerOf(outcome), rows, quarantine)).toEqual([]);
});

test.each<[string, Outcome, Record<number, number[]>, QuarantinedRow[], unknown[]]>([
  [
    'a lost row',
    'acknowledged',
    { 1: [1] },
    [quarantined(1)],
    [['lost', 'visits: row 0 of request 1 (acknowledged) is not there']],
  ],
  [
    'a lost request',
    'acknowledged',
    {},
    [quarantined(1)],
    [
      ['lost', 'visits: row 0 of request 1 (acknowledged) is not there'],
      ['lost', 'visits: row 1 of request 1 (acknowledged) is not there'],
    ],
  ],
  [
    'a doubled row',
    'acknowledged',
    { 1: [0, 1, 1] },
    [quarantined(1)],
    [['doubled', 'visits: row 1 of request 1 (acknowledged) is there 2 times']],
  ],
  [
    'a doubled row of a request without a reply',
    'unknown',
    { 1: [0, 0] },
    [],
    [['doubled', 'visits: row 0 of request 1 (unknown) is there 2 times']],
  ],
  [
    'a row that is missing in quarantine',
    'acknowledged',
    { 1: [0, 1] },
    [],
    [['lost', 'visits_quarantine: row 2 of request 1 (acknowledged) is not there']],
  ],
  [
    'a row that is twice in quarantine',
    'unknown',
    {},
    [quarantined(1), quarantined(1)],
    [['doubled', 'visits_quarantine: row 2 of request 1 (unknown) is there 2 times']],
  ],
  [
    'a row of a refused request, in either table',
    'refused',
    { 1: [0] },
    [quarantined(1)],
    [
      ['stray', 'visits: row 0 of request 1 (refused): does not belong there'],
      ['stray', 'visits_quarantine: row 2 of request 1 (refused): does not belong there'],
    ],
  ],
  [
    'good and bad rows in each other’s table',
    'acknowledged',
    { 1: [0, 1, 2] },
    [quarantined(1, 0), quarantined(1)],
    [
      ['stray', 'visits: row 2 of request 1 (acknowledged): does not belong there'],
      ['stray', 'visits_quarantine: row 0 of request 1 (acknowledged): does not belong there'],
    ],
  ],
  [
    'rows of a request that was never sent',
    'acknowledged',
    { 1: [0, 1], 7: [0] },
    [quarantined(1), quarantined(8)],
    [
      ['stray', 'visits: request 7, which was never sent'],
      ['stray', 'visits_quarantine: request 8, which was never sent'],
    ],
  ],
  [
    'a wrong reason',
    'acknowledged',
    { 1: [0, 1] },
    [{ ...quarantined(1), columns: ['note'] }],
    [
      [
        'reason',
        'visits_quarantine: row 2 of request 1 says {"columns":["note"],"reasons":["\\"many\\" is not a valid Int32"]}, not {"column":"amount","reason":"is not a valid Int32"}',
      ],
    ],
  ],
])('[EV-11] [EV-23] finds %s', (_title, outcome, rows, quarantine, expected) => {
  expect(check(ledgerOf(outcome), rows, quarantine)).toEqual(expected);
});

test('[EV-28] finds what a view has too much of, and what it lacks', () => {
  const view = {
    name: 'days',
    stored: ['["a",2]', '["b",1]'],
    recomputed: ['["a",1]', '["b",1]', '["c",1]'],
  };
  expect(check(ledgerOf(), {}, [], [view])).toEqual([
    ['view', 'days: has ["a",2]'],
    ['view', 'days: should have ["a",1]'],
    ['view', 'days: should have ["c",1]'],
  ]);
});

test('[EV-10] a reply that was wrong is a difference, whatever the tables hold', () => {
  const ledger = ledgerOf();
  ledger.wrongReplies.push('request 1 was answered with 500');
  expect(check(ledger, {}, [])).toEqual([['reply', 'request 1 was answered with 500']]);
});
