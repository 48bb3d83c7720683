const UINT32 = 2 ** 32;

/** Numbers drawn after seeding and thrown away, so that similar seeds do not begin alike. */
const WARM_UP = 15;

/** A sequence of pseudo-random numbers that depends on its seed alone (the generator sfc32). Not for secrets. */
export class Random {
  #a = 0;
  #b: number;
  #c: number;
  #counter = 1;

  /** @param seed a whole number from 0 to 2^53 - 1 */
  constructor(seed: number) {
    this.#b = seed >>> 0;
    this.#c = Math.floor(seed / UINT32) >>> 0;
    for (let i = 0; i < WARM_UP; i++) this.uint32();
  }

  /** A whole number from 0 to 2^32 - 1. */
  uint32(): number {
    const sum = (this.#a + this.#b + this.#counter) >>> 0;
    this.#counter = (this.#counter + 1) >>> 0;
    this.#a = (this.#b ^ (this.#b >>> 9)) >>> 0;
    this.#b = (this.#c + (this.#c << 3)) >>> 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) >>> 0;
    return sum;
  }

  /** A number from 0 up to, but not, 1. */
  unit(): number {
    return this.uint32() / UINT32;
  }

  /** Whether something that happens with this probability happens now. @param probability from 0 to 1 */
  chance(probability: number): boolean {
    return this.unit() < probability;
  }

  /** A whole number from 0 up to, but not, `end`. @param skew 1 for evenly spread; the larger, the more the small ones come */
  below(end: number, skew = 1): number {
    return Math.floor(end * this.unit() ** skew);
  }

  /** One of the choices. @param skew as in `below`: large prefers the first ones */
  pick<const Choices extends readonly [unknown, ...unknown[]]>(choices: Choices, skew = 1): Choices[number] {
    // `below` stays inside the list, which TypeScript can't see; `??` would not do, as a choice may be null.
    return choices[this.below(choices.length, skew)] as Choices[number];
  }

  /** A waiting time, most short and a few long. @param mean the mean, in the unit of the result */
  wait(mean: number): number {
    return -Math.log(1 - this.unit()) * mean;
  }

  /** Hexadecimal digits. @param words how many groups of eight */
  hex(words: number): string {
    let text = '';
    for (let i = 0; i < words; i++) text += this.uint32().toString(16).padStart(8, '0');
    return text;
  }
}
