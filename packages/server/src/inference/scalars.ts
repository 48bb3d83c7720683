import { LosslessNumber } from 'lossless-json';
import { readTime, TimeRange } from './times.js';

/** A number with more characters is kept as text. */
const NUMBER_LENGTH_MAX = 80;

/** Types of whole numbers with their ranges, the plainest first: a wide one, because the events that are to come are not known. */
const INTEGER_TYPES: readonly [type: string, least: bigint, most: bigint][] = [
  ['Int64', -(2n ** 63n), 2n ** 63n - 1n],
  ['UInt64', 0n, 2n ** 64n - 1n],
  ['Int256', -(2n ** 255n), 2n ** 255n - 1n],
];

/** The values of one place that are neither objects nor arrays nor null, as far as the choice of a type needs them. */
export class Scalars {
  private booleans = false;
  private fractions = false;
  /** Texts that are no times, and numbers that no type of numbers holds. */
  private texts = false;
  private integers: { least: bigint; most: bigint } | undefined;
  private times: TimeRange | undefined;

  /** Takes one more value into account. A number may be a `LosslessNumber`, whose text tells `1.0` from `1`. */
  add(value: unknown): void {
    if (typeof value === 'boolean') this.booleans = true;
    else if (typeof value === 'string') this.addText(value);
    else this.addNumber(value instanceof LosslessNumber ? value.value : String(value));
  }

  /** Whether there was no value. */
  get isEmpty(): boolean {
    return (
      !this.booleans &&
      !this.fractions &&
      !this.texts &&
      this.integers === undefined &&
      this.times === undefined
    );
  }

  /** The plainest type that takes every value; `String` takes values of several kinds. */
  type(): string {
    const numbers = this.fractions || this.integers !== undefined;
    const kinds = [this.booleans, numbers, this.texts, this.times !== undefined].filter(Boolean).length;
    if (kinds !== 1 || this.texts) return 'String';
    if (this.booleans) return 'UInt8';
    if (this.fractions) return 'Float64';
    return this.times?.type() ?? this.integerType() ?? 'String';
  }

  private integerType(): string | undefined {
    const { integers } = this;
    if (integers === undefined) return undefined;
    const fits = ([, least, most]: readonly [string, bigint, bigint]): boolean =>
      least <= integers.least && integers.most <= most;
    return INTEGER_TYPES.find(fits)?.[0];
  }

  private addText(text: string): void {
    const time = readTime(text);
    if (time === undefined) {
      this.texts = true;
      return;
    }
    this.times ??= new TimeRange();
    this.times.add(time);
  }

  private addNumber(text: string): void {
    if (text.length > NUMBER_LENGTH_MAX || !Number.isFinite(Number(text))) {
      this.texts = true;
    } else if (/^-?\d+$/.test(text)) {
      const value = BigInt(text);
      const { least, most } = this.integers ?? { least: value, most: value };
      this.integers = { least: value < least ? value : least, most: value > most ? value : most };
    } else {
      this.fractions = true;
    }
  }
}
