/**
 * Chooses a share of what passes by, at the price of a decrement. How many pass between two that are chosen is drawn
 * anew each time, as if each were chosen by itself with the same chance: traffic that repeats in any rhythm cannot
 * pass by, as it could where every thousandth is chosen, and randomness is only asked for once a choice.
 */
export class ShadowSampler {
  readonly #rate: number;
  readonly #random: () => number;
  #left: number;

  /** @param rate 0 to 1; 0 chooses nothing. @param random gives numbers in [0, 1) */
  constructor(rate: number, random: () => number) {
    this.#rate = rate;
    this.#random = random;
    this.#left = this.#gap();
  }

  /** Whether the one that passes now is chosen. */
  next(): boolean {
    if (--this.#left > 0) return false;
    this.#left = this.#gap();
    return true;
  }

  /** How many pass until one is chosen, that one included: geometrically distributed. */
  #gap(): number {
    if (this.#rate <= 0) return Number.POSITIVE_INFINITY;
    if (this.#rate >= 1) return 1;
    return 1 + Math.floor(Math.log(1 - this.#random()) / Math.log1p(-this.#rate));
  }
}
