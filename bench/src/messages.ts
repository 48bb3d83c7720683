/** What the process with the raw engine is asked to measure, and its answers. */
export type Order =
  | { kind: 'once' }
  | { kind: 'listen' }
  | { kind: 'sequential'; ms: number }
  | { kind: 'concurrent'; ms: number; callers: number }
  | { kind: 'close' };

/** The answer to an order. */
export type Answer =
  | { kind: 'body'; text: string }
  | { kind: 'listening'; url: string }
  | { kind: 'latencies'; ms: number[] }
  | { kind: 'rate'; perSecond: number }
  | { kind: 'closed' }
  | { kind: 'failed'; reason: string };
