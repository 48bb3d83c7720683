import type { Engine } from '@goldcrest/engine';
import { quoteIdentifier } from '@goldcrest/sql';
import { decodeTime, ulid } from 'ulid';
import { readLines } from './lines.js';

/** What the names of databases begin with in which something is tried. No query may name a database. */
const PREFIX = 'probe_';

/** Such a database in what the engine says. */
export const PROBE = /`?probe_[0-9a-z]{26}`?\.?/g;

/** A name for a database in which something is tried; its maker drops it. */
export function newProbe(): string {
  return PREFIX + ulid().toLowerCase();
}

/** The name that goes with a ULID, where the same is needed again. */
export function probeOf(id: string): string {
  return PREFIX + id.toLowerCase();
}

/** Removes a database in which something was tried, with its tables. */
export function dropProbe(engine: Engine, database: string): Promise<void> {
  return engine.command({ sql: `DROP DATABASE IF EXISTS ${quoteIdentifier(database)} SYNC` });
}

/** At start: removes what a crash has left of what was being tried. @param latest those that began later may still be at it */
export async function dropProbes(engine: Engine, latest: Date): Promise<void> {
  const sql = `SELECT name FROM system.databases WHERE startsWith(name, '${PREFIX}')`;
  for (const [name = ''] of await readLines(engine, 'default', sql)) {
    const began = decodeTime(name.slice(PREFIX.length).toUpperCase());
    if (began <= latest.getTime()) await dropProbe(engine, name);
  }
}
