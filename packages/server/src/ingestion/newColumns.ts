import type { DataSource, NewColumn } from '../datasources/index.js';
import { Inference } from '../inference/index.js';
import { isObject } from './verdict.js';

/** Data Sources that are remembered; beyond it the one that was seen first is forgotten. */
const DATASOURCES_MAX = 200;

/** Different places of the events of one Data Source that are told apart. */
const PLACES_MAX = 500;

/** Most new columns that are shown of one Data Source. */
const SHOWN_MAX = 100;

/** Bytes of events that are looked at per second: of one Data Source, and of all. */
const BYTES_MAX = 32 * 1024;
const ALL_BYTES_MAX = 256 * 1024;

/** Lines of one body that are looked at. */
const LINES_MAX = 10;

/** An event that is longer than this, in bytes, is not looked at. */
const LINE_BYTES_MAX = 64 * 1024;

interface Seen {
  inference: Inference;
  budget: Budget;
}

/**
 * Notes which keys events have, so that those that no column reads can be shown with the Data Source (EV-24, FM-22). It looks at a
 * sample: a few lines of a body, at positions of chance, and only so many bytes per second, whatever is sent. What it knows is in memory
 * only and begins anew with the server.
 */
export class NewColumns {
  private readonly seen = new Map<string, Seen>();
  private readonly budget: Budget;

  /** @param now milliseconds since 1970 @param random from 0 up to 1 */
  constructor(
    private readonly now: () => number,
    private readonly random: () => number = Math.random,
  ) {
    this.budget = new Budget(ALL_BYTES_MAX);
  }

  /** Looks at some of the events of a body that was taken, if it is time to. @param body one event per line */
  look(datasource: DataSource, body: Buffer): void {
    const now = this.now();
    if (!this.budget.isOpen(now)) return;
    const seen = this.seen.get(datasource.id) ?? this.start(datasource.id);
    if (!seen.budget.isOpen(now)) return;
    for (const line of this.sample(body)) {
      this.budget.take(line.length);
      seen.budget.take(line.length);
      const event = plainEvent(line);
      if (event !== undefined) seen.inference.add(event);
    }
  }

  /** The columns that a Data Source could have for what no column reads, by the names that they would get. */
  of(datasource: DataSource): Record<string, NewColumn> {
    const read = datasource.columns.map(({ name, jsonPath }) => keysOf(jsonPath ?? `$.${name}`));
    const names = datasource.columns.map(({ name }) => name);
    const columns = this.seen.get(datasource.id)?.inference.columns(names) ?? [];
    const found = columns
      .filter(({ jsonPath }) => jsonPath !== '$')
      .filter(({ jsonPath }) => !read.some((keys) => overlap(keys, keysOf(jsonPath))));
    return Object.fromEntries(
      found.slice(0, SHOWN_MAX).map(({ name, type, jsonPath }) => [name, { type, jsonpath: jsonPath }]),
    );
  }

  private start(id: string): Seen {
    if (this.seen.size >= DATASOURCES_MAX) {
      for (const oldest of this.seen.keys()) {
        this.seen.delete(oldest);
        break;
      }
    }
    const seen = { inference: new Inference(PLACES_MAX), budget: new Budget(BYTES_MAX) };
    this.seen.set(id, seen);
    return seen;
  }

  /** All lines of a small body; of a large one the first, and others at positions of chance. */
  private *sample(body: Buffer): Generator<Buffer> {
    const isSmall = body.length <= LINES_MAX * 512;
    let start = 0;
    for (let count = 0; count < LINES_MAX && start < body.length; count++) {
      const end = body.indexOf(0x0a, start);
      const stop = end < 0 ? body.length : end;
      if (stop - start <= LINE_BYTES_MAX && stop > start) yield body.subarray(start, stop);
      if (isSmall) start = stop + 1;
      else start = body.indexOf(0x0a, Math.floor(this.random() * body.length)) + 1 || body.length;
    }
  }
}

/** The event of a line, or undefined when it is none. Numbers need not be exact here, and reading them exactly takes ten times as long. */
function plainEvent(line: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line.toString('utf8'));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Bytes that may be taken in each second. */
class Budget {
  private second = 0;
  private taken = 0;

  constructor(private readonly bytes: number) {}

  isOpen(now: number): boolean {
    const second = Math.floor(now / 1000);
    if (second !== this.second) {
      this.second = second;
      this.taken = 0;
    }
    return this.taken < this.bytes;
  }

  take(bytes: number): void {
    this.taken += bytes;
  }
}

/** The keys of a JSONPath; none for the whole event. */
function keysOf(jsonPath: string): string[] {
  return jsonPath.replaceAll('[:]', '').split('.').slice(1);
}

/** Whether one path leads to the other's place or to something inside it. A column of whole events reads nothing in particular. */
function overlap(read: readonly string[], keys: readonly string[]): boolean {
  const length = Math.min(read.length, keys.length);
  return length > 0 && read.slice(0, length).every((key, i) => key === keys[i]);
}
