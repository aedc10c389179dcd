/** A module that takes longer is not evaluated a second time. */
const MAX_EVALUATION_MS = 5;
/** The plan takes some 1 to 5 times as long as the module, and the bisection its own. */
const BUDGET_FACTOR = 20;
const MIN_BUDGET_MS = 1;
/** After failures in a row, so many evaluations go without an attempt at most. */
const MAX_SKIPPED = 1024;

/** How often, and how long, one entrypoint's evaluations look for the window in which their answers hold. */
export class AttemptPace {
  #failures = 0;
  #skip = 0;

  /** How long the attempt may take after an evaluation of this length, milliseconds; 0 for none. */
  budgetMs(evaluationMs: number): number {
    if (evaluationMs > MAX_EVALUATION_MS) return 0;
    if (this.#skip > 0) {
      this.#skip--;
      return 0;
    }
    return Math.max(MIN_BUDGET_MS, evaluationMs * BUDGET_FACTOR);
  }

  /** An attempt ended. After each failure in a row, twice as many evaluations go without one. */
  ended(found: boolean): void {
    if (found) {
      this.#failures = 0;
      return;
    }
    this.#skip = Math.min(2 ** this.#failures, MAX_SKIPPED);
    this.#failures = Math.min(this.#failures + 1, 30);
  }
}
