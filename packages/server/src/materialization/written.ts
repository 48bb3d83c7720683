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

/**
 * Rows and bytes that went into each table since the marks were taken (MZ-14): the parts that an insert made, also those that have been merged
 * since, which the engine lists for some minutes. A part of one block is that of an insert, and the one of the lowest level is as it was inserted. A repeated insert that wrote nothing counts nothing; what other inserts wrote at the same
 * time counts too. Tables of the engines Join and Null have no parts and are not counted.
 */
export async function writtenSince(
  engine: Engine,
  database: string,
  marks: WriteMarks,
): Promise<Map<string, Written>> {
  const since = [...marks].map(
    ([table, block]) => `(table = ${quoteString(table)} AND min_block_number > ${block})`,
  );
  const rows = await readLines(
    engine,
    database,
    `SELECT table, sum(inserted), sum(bytes) FROM (
       SELECT table, argMin(rows, level) AS inserted, argMin(data_uncompressed_bytes, level) AS bytes FROM system.parts
       WHERE database = currentDatabase() AND min_block_number = max_block_number AND (${since.join(' OR ') || '0'})
       GROUP BY table, partition_id, min_block_number
     ) GROUP BY table`,
  );
  const written = new Map(
    rows.map(([table = '', count, bytes]) => [table, { rows: Number(count), bytes: Number(bytes) }]),
  );
  return new Map([...marks.keys()].map((table) => [table, written.get(table) ?? { rows: 0, bytes: 0 }]));
}
