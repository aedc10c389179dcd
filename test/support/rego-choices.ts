/** A stream of choices that a seed fixes (mulberry32). */
export class Choices {
  #state: number;
  #names = 0;

  constructor(seed: number) {
    this.#state = (seed * 2654435761) | 0;
  }

  /** From 0 up to, but not, 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number, both ends included. */
  between(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  chance(share: number): boolean {
    return this.next() < share;
  }

  one<Value>(values: readonly Value[]): Value {
    return values[this.between(0, values.length - 1)]!;
  }

  /** What one of the functions gives. */
  made<Value>(makers: readonly (() => Value)[]): Value {
    return this.one(makers)();
  }

  /** A name that was not given before. */
  name(prefix: string): string {
    return `${prefix}${this.#names++}`;
  }
}
