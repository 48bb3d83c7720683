import type { Load } from './load.js';
import type { Workload } from './workload.js';

/** What the process with the raw engine is asked to do, and its answers. */
export type Order =
  | { kind: 'command'; sql: string }
  | { kind: 'prepare'; workload: Workload }
  | { kind: 'once'; value: number }
  | { kind: 'listen' }
  | { kind: 'sequential'; ms: number }
  | { kind: 'concurrent'; ms: number; callers: number; threads: number }
  | { kind: 'close' };

/** The answer to an order. */
export type Answer =
  | { kind: 'done' }
  | { kind: 'body'; text: string }
  | { kind: 'listening'; url: string }
  | { kind: 'latencies'; ms: number[] }
  | { kind: 'load'; load: Load }
  | { kind: 'failed'; reason: string };
