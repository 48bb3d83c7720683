import { type ColumnType, parseColumnType } from '@goldcrest/sql';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { StoredColumn } from '../datasources/index.js';
import { EventChecker } from './checkEvents.js';
import { parseLine } from './parse.js';
import { QuickRows } from './quickRows.js';
import { RowBuffer } from './rowBuffer.js';
import { checkEvent, compileColumns } from './rowSchema.js';
import { EngineRows, readObject } from './testing/engineRows.js';
import { isSame } from './testing/sameValue.js';
import { anyText, damaged, eventsOf, textsFor } from './testing/values.js';

/** How many rows are drawn. `GOLDCREST_FUZZ_ROWS=100000` is the long mode; `TEST_SEED` gives others (scripts/testSeed.ts). */
const ROWS = Number(process.env['GOLDCREST_FUZZ_ROWS'] ?? 3000);
const seed = fc.readConfigureGlobal()?.seed ?? 0;
const TIMEOUT_MS = 60_000 + ROWS * 40;

const INTEGERS = [8, 16, 32, 64, 128, 256].flatMap((bits) => [`Int${bits}`, `UInt${bits}`]);

/** The column types of DT-01…DT-20. */
const TYPES = [
  ...INTEGERS,
  'Float32',
  'Float64',
  'Decimal(10, 2)',
  'Decimal(18, 0)',
  'Decimal(38, 10)',
  'Decimal(76, 20)',
  'String',
  'LowCardinality(String)',
  'Nullable(String)',
  'FixedString(5)',
  'UUID',
  'Bool',
  'Date',
  'Date32',
  'DateTime',
  "DateTime('UTC')",
  'DateTime64(3)',
  'DateTime64(6)',
  "DateTime64(9, 'UTC')",
  'IPv4',
  'IPv6',
  "Enum8('a' = 1, 'b' = 2, 'é' = 3)",
  'Nullable(Int32)',
  'LowCardinality(Nullable(String))',
  'Array(Int32)',
  'Array(String)',
  'Array(Nullable(Float64))',
  'Array(Array(UInt8))',
  'Array(DateTime)',
  'Map(String, Int32)',
  'Map(UInt8, String)',
  'Map(Date, String)',
  'Tuple(a Int8, b String)',
  'Tuple(Int8, String)',
  'JSON',
  'JSON(max_dynamic_types=2, max_dynamic_paths=16)',
  'JSON(n Int8, SKIP b)',
  'SimpleAggregateFunction(sum, Int64)',
];

/** Rows that go into the engine together. */
const ROUND_ROWS = 10_000;

function column(name: string, type: string, more: Partial<StoredColumn> = {}): StoredColumn {
  return {
    name,
    type,
    jsonPath: `$.${name}`,
    defaultExpression: null,
    codec: null,
    nullable: /^(LowCardinality\()?Nullable/.test(type),
    ...more,
  };
}

describe(`[EV-23] [DT-01…DT-20] rows against the engine, seed ${seed}`, () => {
  let rows: EngineRows;

  beforeAll(async () => {
    rows = await EngineRows.open(TYPES);
  });
  afterAll(() => rows.close());

  const columnOf = (i: number): string => `v${i % TYPES.length}`;
  const types: ColumnType[] = TYPES.map(parseColumnType);
  const checker = new EventChecker([
    column('i', 'UInt32'),
    ...TYPES.map((type, i) => column(`v${i}`, type, { defaultExpression: 'a default' })),
  ]);

  /** Rows of which the law does not hold: accepted and changed, or refused though the engine would store what was sent. */
  async function exceptions(lines: readonly Buffer[]): Promise<unknown[]> {
    const checked = await checker.check(joined(lines), {
      engine: rows.engine,
      database: 'default',
      receivedAt: new Date(Date.UTC(2026, 0, 1)),
      room: { add: () => {} },
    });
    expect(checked.rowCount + checked.quarantinedCount).toBe(lines.length);
    const accepted = await rows.store(split(checked.rows), columnOf);
    expect(accepted.size).toBe(checked.rowCount);
    const readable = await rows.storeReadable(
      lines.filter((_, i) => !accepted.has(i)),
      columnOf,
    );
    const sentOf = (i: number): unknown => sentValue(lines[i] ?? Buffer.alloc(0), columnOf(i));
    const isAsSent = ([i, stored]: [number, unknown]): boolean => {
      const type = types[i % TYPES.length];
      return type !== undefined && isSame(type, sentOf(i), stored);
    };
    const show = ([i, stored]: [number, unknown]): unknown => [
      TYPES[i % TYPES.length],
      String(lines[i]),
      stored,
    ];
    return [
      ...[...accepted].filter((row) => sentOf(row[0]) !== undefined && !isAsSent(row)).map(show),
      ...[...readable].filter((row) => sentOf(row[0]) !== undefined && isAsSent(row)).map(show),
    ];
  }

  /** Lines for all types in turn, of which some are damaged behind their number. */
  function linesOf(count: number, round: number): Buffer[] {
    const fields = TYPES.map((type, i) => {
      const field = textsFor(type).map((value) => `"v${i}":${value}}`);
      const whole = field.map((text) => Buffer.from(text));
      return fc.sample(fc.oneof({ weight: 4, arbitrary: whole }, damaged(field)), {
        numRuns: count,
        seed: seed + round,
      });
    });
    return Array.from({ length: count * TYPES.length }, (_, i) => {
      const field = fields[i % TYPES.length]?.[Math.floor(i / TYPES.length)] ?? Buffer.alloc(0);
      // A line break would make two lines of one.
      return Buffer.concat([Buffer.from(`{"i":${i},`), field.map((byte) => (byte === 0x0a ? 0x20 : byte))]);
    });
  }

  test(
    'what is accepted is stored as it was sent, and what is refused would not be',
    async () => {
      for (let round = 0; round * ROUND_ROWS < ROWS; round += 1) {
        const count = Math.ceil(Math.min(ROUND_ROWS, ROWS - round * ROUND_ROWS) / TYPES.length);
        expect(await exceptions(linesOf(count, round)), `round ${round}`).toEqual([]);
      }
    },
    TIMEOUT_MS,
  );
});

function joined(lines: readonly Buffer[]): Buffer {
  return Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')]));
}

function split(lines: Buffer): Buffer[] {
  return lines
    .toString('utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => Buffer.from(line));
}

/** The value that a line sends; undefined when it sends none, null, or no JSON that can be stored. */
function sentValue(line: Buffer, name: string): unknown {
  const { document } = parseLine(line);
  return document !== undefined && Object.hasOwn(document, name) ? (document[name] ?? undefined) : undefined;
}

describe('[EV-07] rows that are taken by their bytes', () => {
  const columns = compileColumns([
    column('a', 'Int32', { defaultExpression: '0' }),
    column('b', 'String', { defaultExpression: "''" }),
    column('c', 'Nullable(Float64)'),
    column('d', 'Array(String)', { defaultExpression: '[]', jsonPath: '$.d[:]' }),
    column('inner', 'String', { defaultExpression: "''", jsonPath: '$.a.b' }),
    column('each', 'Array(Nullable(String))', { defaultExpression: '[]', jsonPath: '$.d[:].a' }),
    column('t', 'DateTime', { defaultExpression: 'now()' }),
    column('n', 'JSON', { defaultExpression: "'{}'" }),
    column('whole', 'String', { jsonPath: '$' }),
    column('document', 'JSON', { jsonPath: '$' }),
    column('proto', 'String', { defaultExpression: "''", jsonPath: '$.__proto__' }),
  ]);
  const quick = new QuickRows(columns);
  const events = eventsOf(['a', 'b', 'c', 'd', 't', 'n'], anyText);

  const receivedAt = new Date(Date.UTC(2026, 0, 1));

  /** The row by its bytes, and by the exact check; null where the check has none. */
  function bothWays(line: Buffer): { quick: unknown; exact: unknown } {
    const rows = new RowBuffer(64);
    const end = quick.add(line, 0, rows, receivedAt);
    const row = checkEvent(columns, parseLine(end < 0 ? line : line.subarray(0, end)), receivedAt);
    return {
      quick: end < 0 ? null : fieldsOf(rows.content().toString('utf8')),
      exact: row.problems.length > 0 || row.questions.length > 0 ? null : fieldsOf(row.line),
    };
  }

  test(
    'are those that the exact check makes',
    () => {
      let taken = 0;
      fc.assert(
        fc.property(
          fc.oneof(
            events.map((event) => Buffer.from(event)),
            damaged(events),
          ),
          (line) => {
            if (line.includes(0x0a) || line.toString('utf8').includes('\ufffd')) return;
            const { quick: row, exact } = bothWays(line);
            if (row === null) return;
            taken += 1;
            expect(row).toEqual(exact);
          },
        ),
        { numRuns: ROWS },
      );
      // The law says something only when many rows are taken.
      expect(taken).toBeGreaterThan(ROWS / 20);
    },
    TIMEOUT_MS,
  );
});

/** The values of a line by column, in order of their names. */
function fieldsOf(line: string): [string, unknown][] {
  return Object.entries(readObject(line)).sort(([a], [b]) => (a < b ? -1 : 1));
}
