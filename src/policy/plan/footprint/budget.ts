/** A plan so large or so strange that its analysis was given up: nothing is known of it then. */
export class TooMuch extends Error {
  override readonly name = 'TooMuch';
}

/** Statements that are looked at, with what they move, before the analysis is given up: some seconds. */
const MAX_STEPS = 4_000_000;

/** Keeps the time bounded that the analysis of any plan takes. */
export class Budget {
  #left = MAX_STEPS;

  /** Throws TooMuch. */
  spend(steps: number): void {
    this.#left -= steps;
    if (this.#left < 0) throw new TooMuch();
  }
}
