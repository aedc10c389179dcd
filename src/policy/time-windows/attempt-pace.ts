/** A module that takes longer is not evaluated a second time. */
const MAX_EVALUATION_MS = 5;
/** The plan takes some 1 to 5 times as long as the module, and the bisection its own. */
const BUDGET_FACTOR = 20;
const MIN_BUDGET_MS = 1;
/** After failures in a row, so many evaluations go without an attempt at most. */
const MAX_SKIPPED = 1024;

/** What attempts may take of the thread's time. */
const SHARE = 0.2;

/**
 * Keeps attempts of all entrypoints within a share of the thread's time: a flood of questions that nobody asks twice must not
 * make each of them cost as much. An answer without a window is asked for again, and gets another chance.
 */
export class AttemptShare {
  #restUntilMs = Number.NEGATIVE_INFINITY;

  /** Whether an attempt may begin. Times are on the monotonic clock, milliseconds. */
  allows(nowMs: number): boolean {
    return nowMs >= this.#restUntilMs;
  }

  took(startMs: number, endMs: number): void {
    this.#restUntilMs = endMs + (endMs - startMs) * (1 / SHARE - 1);
  }
}

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
