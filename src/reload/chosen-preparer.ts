import type { PolicySetRules } from './combine.ts';
import type { BundleFacts, Preparation, Preparer, RuledArchive } from './preparer.ts';

/**
 * Where policy sets are prepared: in this thread as long as nothing is served, for starting another one takes longer than what there is to wait
 * for; then in a thread of their own.
 */
export class ChosenPreparer implements Preparer {
  #here: Preparer | undefined;
  readonly #aside: Preparer;
  readonly #isServed: () => boolean;

  /** Once `isServed` says yes, `here` is not used any more. */
  constructor(here: Preparer, aside: Preparer, isServed: () => boolean) {
    this.#here = here;
    this.#aside = aside;
    this.#isServed = isServed;
  }

  open(bundle: RuledArchive, minSequence: number | undefined): Promise<BundleFacts> {
    return this.#chosen().open(bundle, minSequence);
  }

  prepare(
    rules: PolicySetRules,
    bundles: readonly RuledArchive[],
    activatedAtMs: number,
    provedBefore?: string,
  ): Promise<Preparation> {
    return this.#chosen().prepare(rules, bundles, activatedAtMs, provedBefore);
  }

  async close(): Promise<void> {
    await this.#here?.close();
    await this.#aside.close();
  }

  #chosen(): Preparer {
    // What it has opened can be freed.
    if (this.#isServed()) this.#here = undefined;
    return this.#here ?? this.#aside;
  }
}
