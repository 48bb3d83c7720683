/**
 * Inserts rows into five partitions of some tables as fast as it can, for a test that kills it. Run as a child process with a
 * directory and a number for each table `t0`, `t1`…: each gets the inserts from its number on, and each insert is announced with a line
 * `<table> <number>` before it begins. The first may have been under way when an earlier process was killed.
 */
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { openEmbeddedEngine } from '../embedded/open.js';
import { insertNumbered } from './numbered.js';

const STDOUT = 1;

const [directory = '', ...starts] = process.argv.slice(2);
// Without syncing more of the time is spent where a kill does harm.
const engine = await openEmbeddedEngine({ path: join(directory, 'data'), sessions: 2, fsyncInserts: false });

async function insertAll(table: string, start: number): Promise<void> {
  for (let n = start; ; n += 1) {
    writeSync(STDOUT, `${table} ${n}\n`);
    await insertNumbered(engine, table, n, directory);
  }
}

await Promise.all(starts.map((start, i) => insertAll(`t${i}`, Number(start))));
