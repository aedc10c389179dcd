/** A module that takes longer is not evaluated a second time. Most evaluations that take so long were only interrupted by others. */
const MAX_EVALUATION_MS = 20;
/** The plan takes some 1 to 5 times as long as the module, and the bisection its own. */
const BUDGET_FACTOR = 20;
/** So that a thread that is interrupted in the midst of an attempt can end it. */
const MIN_BUDGET_MS = 5;
const MAX_BUDGET_MS = 100;
/** After failures in a row, so many evaluations go without an attempt at most. */
const MAX_SKIPPED = 1024;

/** What attempts may take of the thread's time … */
const SHARE = 0.2;
/** … and how much of it they may save up: answers that need an attempt come in bursts. */
const MAX_SAVED_MS = 100;
/** Kept for questions that were asked before. */
const RESERVED_MS = MAX_SAVED_MS / 2;

/**
 * Keeps attempts of all entrypoints within a share of the thread's time: a flood of questions that nobody asks twice must not
 * make each of them cost as much, nor leave nothing for those that are asked again. Whatever the span, attempts take SHARE of it,
 * MAX_SAVED_MS and the one that was under way at its end at most.
 */
export class AttemptShare {
  #savedMs = MAX_SAVED_MS;
  #atMs: number | undefined;

  /** Whether an attempt may begin. Times are on the monotonic clock, milliseconds. */
  allows(nowMs: number, wasAskedBefore: boolean): boolean {
    this.#savedMs = Math.min(MAX_SAVED_MS, this.#savedMs + (nowMs - (this.#atMs ?? nowMs)) * SHARE);
    this.#atMs = nowMs;
    return this.#savedMs > (wasAskedBefore ? 0 : RESERVED_MS);
  }

  took(startMs: number, endMs: number): void {
    this.#savedMs -= endMs - startMs;
  }
}

/** How often, and how long, one entrypoint's evaluations look for the window in which their answers hold. */
export class AttemptPace {
  #failures = 0;
  #skip = 0;

  /**
   * How long the attempt may take after an evaluation of this length, milliseconds; 0 for none. A question that is promising
   * in itself does not wait until the entrypoint is.
   */
  budgetMs(evaluationMs: number, isPromising: boolean): number {
    if (evaluationMs > MAX_EVALUATION_MS) return 0;
    if (this.#skip > 0 && !isPromising) {
      this.#skip--;
      return 0;
    }
    return Math.min(Math.max(MIN_BUDGET_MS, evaluationMs * BUDGET_FACTOR), MAX_BUDGET_MS);
  }

  /** An attempt ended. After each failure in a row, twice as many evaluations go without one. */
  ended(found: boolean): void {
    if (found) {
      this.#failures = 0;
      this.#skip = 0;
      return;
    }
    this.#skip = Math.min(2 ** this.#failures, MAX_SKIPPED);
    this.#failures = Math.min(this.#failures + 1, 30);
  }
}
