import type { Engine } from '@goldcrest/engine';
import { quoteString } from '@goldcrest/sql';
import { readLines } from './lines.js';

/** What was written to a table. */
export interface Written {
  rows: number;
  /** As they are before compression. */
  bytes: number;
}

/** How far each table has been written, by name: the number of its latest block. */
export type WriteMarks = ReadonlyMap<string, number>;

/** How far tables have been written. Take it before an insert, and `writtenSince` says afterwards what went into each of them. */
export async function markWrites(
  engine: Engine,
  database: string,
  tables: readonly string[],
): Promise<WriteMarks> {
  const rows = await readLines(
    engine,
    database,
    `SELECT table, max(max_block_number) FROM system.parts
     WHERE database = currentDatabase() AND table IN (${tables.map(quoteString).join(', ')}) GROUP BY table`,
  );
  const known = new Map(rows.map(([table = '', block]) => [table, Number(block)]));
  return new Map(tables.map((table) => [table, known.get(table) ?? -1]));
}

/** What went into tables, by name, and how far they have been written now. */
export interface WrittenSince {
  written: ReadonlyMap<string, Written>;
  marks: WriteMarks;
}

/**
 * Rows and bytes that went into each table since the marks were taken (MZ-14): the parts that an insert made, also those that have been
 * merged since, which the engine lists for some minutes. A part of one block is that of an insert, and the one of the lowest level is as
 * it was inserted. A repeated insert that wrote nothing counts nothing; what other inserts wrote at the same time counts too. Tables of
 * the engines Join and Null have no parts and are not counted.
 */
export async function writtenSince(
  engine: Engine,
  database: string,
  marks: WriteMarks,
): Promise<WrittenSince> {
  const since = [...marks].map(
    ([table, block]) => `(table = ${quoteString(table)} AND min_block_number > ${block})`,
  );
  const tables = [...marks.keys()].map(quoteString).join(', ');
  // One row a part, as they are: there are few, and a query that gathers them takes twice as long.
  const parts = await readLines(
    engine,
    database,
    `SELECT table, partition_id, min_block_number, level, rows, data_uncompressed_bytes FROM system.parts
     WHERE database = currentDatabase() AND table IN (${tables}) AND min_block_number = max_block_number
     AND (${since.join(' OR ') || '0'})`,
  );
  const inserted = new Map<string, { table: string; level: number; rows: number; bytes: number }>();
  const now = new Map(marks);
  for (const [table = '', partition, block, level, rows, bytes] of parts) {
    now.set(table, Math.max(now.get(table) ?? -1, Number(block)));
    const part = JSON.stringify([table, partition, block]);
    if (Number(level) < (inserted.get(part)?.level ?? Number.POSITIVE_INFINITY))
      inserted.set(part, { table, level: Number(level), rows: Number(rows), bytes: Number(bytes) });
  }
  const written = new Map([...marks.keys()].map((table) => [table, { rows: 0, bytes: 0 }]));
  for (const { table, rows, bytes } of inserted.values()) {
    const sum = written.get(table);
    if (sum === undefined) continue;
    sum.rows += rows;
    sum.bytes += bytes;
  }
  return { written, marks: now };
}
