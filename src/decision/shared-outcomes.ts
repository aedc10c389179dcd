import { bytesOfOutcome } from './cache-size.ts';
import type { Outcome } from './decision.ts';

/** An outcome that all answers with the same text hold together. */
export interface SharedOutcome {
  readonly outcome: Outcome;
  /** What it costs, once. */
  readonly bytes: number;
  holders: number;
}

/**
 * The outcomes of one entrypoint by their text. Policies give few different answers to many questions: the text, what it
 * was read as, and what it is encoded as are kept once.
 */
export class SharedOutcomes {
  readonly #byText = new Map<string, SharedOutcome>();

  /** What is kept of an outcome for one more answer; undefined for plain booleans, which cost nothing. */
  hold(outcome: Outcome): SharedOutcome | undefined {
    const { json } = outcome;
    const bytes = json === undefined ? 0 : bytesOfOutcome(outcome);
    if (json === undefined || bytes === 0) return undefined;
    let shared = this.#byText.get(json);
    if (shared === undefined) this.#byText.set(json, (shared = { outcome, bytes, holders: 0 }));
    shared.holders++;
    return shared;
  }

  /** One answer holds it no more; true when that was the last. */
  letGo(shared: SharedOutcome): boolean {
    if (--shared.holders > 0) return false;
    this.#byText.delete(shared.outcome.json!);
    return true;
  }
}
