import { hash } from 'node:crypto';

/** Choices that look random and are the same for the same seed (xorshift32, G. Marsaglia 2003). Not for secrets. */
export class SeededChoices {
  #state: number;

  constructor(seed: string) {
    // Zero is the one state that it never leaves.
    this.#state = Number.parseInt(hash('sha256', seed, 'hex').slice(0, 8), 16) | 1;
  }

  /** An integer of 0 and up, below the bound. */
  below(bound: number): number {
    let state = this.#state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#state = state;
    return (state >>> 0) % bound;
  }

  chance(probability: number): boolean {
    return this.below(10_000) < probability * 10_000;
  }

  /** One of a list that is not empty. */
  one<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)] as Item;
  }

  shuffled<Item>(items: readonly Item[]): Item[] {
    const mixed = [...items];
    for (let end = mixed.length - 1; end > 0; end--) {
      const at = this.below(end + 1);
      [mixed[end], mixed[at]] = [mixed[at] as Item, mixed[end] as Item];
    }
    return mixed;
  }
}
