import type { Dataset } from './dataset.js';

/** 200 thousand rows, or five million beside them. */
export type DatasetSize = 'small' | 'large';

/** What a benchmark is given. */
export interface Bench {
  /** Rows and endpoints to measure; made when first asked for. */
  dataset: (size: DatasetSize) => Promise<Dataset>;
  /** How long each benchmark measures. */
  seconds: number;
  /** Tells the person at the terminal what is going on; never a figure's line. */
  say: (text: string) => void;
}

/** One benchmark; it gives its figure, or null (after having said why) where it can't be measured. */
export interface Benchmark {
  /** As printed, with the unit last: `endpoint.p50_overhead_ms`. */
  name: string;
  run: (bench: Bench) => Promise<number | null>;
}
