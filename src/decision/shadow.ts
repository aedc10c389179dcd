import { hash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../clock.ts';
import { toPortcullisError } from '../errors.ts';
import { WHOLE_PROJECTOR } from '../policy/projection/projector.ts';
import type { ActiveEntrypoint } from './active-entrypoint.ts';
import type { Span } from './cache.ts';
import type { Outcome, Provenance } from './decision.ts';
import type { InputView } from './input-view.ts';
import { ShadowBudget } from './shadow-budget.ts';
import { type Difference, differenceOf } from './shadow-difference.ts';
import { ShadowSampler } from './shadow-sampler.ts';
import type { Snapshot } from './snapshot.ts';

/** An answer that was given from what the footprint lets through of the input. */
export interface ServedAnswer {
  readonly decisionId: string;
  readonly entrypoint: ActiveEntrypoint;
  readonly input: InputView;
  readonly wallMs: number;
  readonly outcome: Outcome;
  /** Undefined: it may not be kept. */
  readonly span: Span | undefined;
  readonly cached: boolean;
}

/** An answer that was wrong. Holds nothing of the input or of the answers but names of places. */
export interface ShadowDifference extends Difference {
  readonly decisionId: string;
  readonly provenance: Provenance;
  readonly cached: boolean;
  /** SHA-256 of the key of the projected input. */
  readonly keyDigest: string;
}

export interface ShadowOptions {
  /** The share of answers that is verified, 0 to 1. */
  readonly rate: number;
  /** What that may take of the time of one core, for each policy set, 0 to 1. */
  readonly maxShare: number;
  readonly clock: Clock;
  /** Gives numbers in [0, 1). */
  readonly random: () => number;
  readonly onDifference: (difference: ShadowDifference) => void;
}

/** More answers that are to be verified are let go: each holds its input and its snapshot. */
const MAX_WAITING = 4;

/** Longer evaluations fail, and so are not compared. */
const MAX_EVALUATION_MS = 100;

/**
 * Evaluates a share of the answers once more, from the whole input, and compares: a footprint that forgets a read of its
 * entrypoint shows so. That happens after the answer was given, one at a time, within a share of the time, and changes
 * nothing but figures. Only a difference has consequences: the entrypoint is distrusted.
 *
 * An evaluation that fails is no difference. A client can make it fail by what the policy does not read (too long, too
 * deep, a number that the module refuses), and must not be able to turn off what makes others fast. Contradicting rules
 * are: they are found by what the policy reads alone.
 */
export class ShadowVerifier {
  readonly #options: ShadowOptions;
  readonly #sampler: ShadowSampler;
  /** By policy set: one whose evaluations are slow must not use up what others need. */
  readonly #budgets = new Map<string, ShadowBudget>();
  readonly #waiting: { readonly served: ServedAnswer; readonly lease: Snapshot }[] = [];
  #running: Promise<void> | undefined;

  constructor(options: ShadowOptions) {
    this.#options = options;
    this.#sampler = new ShadowSampler(options.rate, options.random);
  }

  /** Whether the next answer is to be verified. For the hot path. */
  chooses(): boolean {
    return this.#sampler.next();
  }

  /** Verifies an answer in a later turn of the event loop, unless too many wait or the time for it is used up. */
  verify(served: ServedAnswer, snapshot: Snapshot): void {
    if (
      this.#waiting.length >= MAX_WAITING ||
      !this.#budgetOf(served).allows(this.#options.clock.monotonicMs())
    ) {
      served.entrypoint.cache.shadow.skipped++;
      return;
    }
    this.#waiting.push({ served, lease: snapshot.lease() });
    this.#running ??= this.#run();
  }

  #budgetOf({ entrypoint }: ServedAnswer): ShadowBudget {
    const { policySet } = entrypoint.provenance;
    let budget = this.#budgets.get(policySet);
    if (budget === undefined) {
      const { maxShare, clock } = this.#options;
      this.#budgets.set(policySet, (budget = new ShadowBudget(maxShare, clock.monotonicMs())));
    }
    return budget;
  }

  /** Resolves when nothing waits to be verified. */
  async idle(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      await setImmediate();
      // A log that cannot be written must not end the process; the entrypoint is distrusted by then.
      await this.#check(next.served).catch(() => undefined);
      next.lease.release();
      this.#waiting.shift();
    }
    this.#running = undefined;
  }

  async #check(served: ServedAnswer): Promise<void> {
    const { clock, onDifference } = this.#options;
    const { entrypoint, outcome, span, wallMs } = served;
    const figures = entrypoint.cache.shadow;
    const budget = this.#budgetOf(served);
    const startMs = clock.monotonicMs();
    if (!entrypoint.verifiable || !budget.allows(startMs)) {
      figures.skipped++;
      return;
    }
    let difference: Difference | undefined;
    try {
      // As far as it can be built: what cannot be is what the policy does not read, or there would be no answer.
      const document = served.input.document();
      if (served.input.extent === 'seen') {
        figures.skipped++;
        return;
      }
      const { json } = WHOLE_PROJECTOR.project(document);
      const time = { wallMs, deadlineMs: startMs + MAX_EVALUATION_MS, background: true };
      const whole = await entrypoint.evaluator.evaluate(entrypoint.path, json, time);
      difference = differenceOf(outcome, span, whole, wallMs, entrypoint.clock);
    } catch (thrown) {
      if (toPortcullisError(thrown).code !== 'evaluation_conflict') {
        figures.failed++;
        return;
      }
      difference = { kind: 'conflict', places: [] };
    } finally {
      budget.spend(clock.monotonicMs() - startMs);
    }
    figures.checked++;
    if (difference === undefined) return;
    figures.differed++;
    const { projector } = entrypoint;
    entrypoint.distrust();
    onDifference({
      ...difference,
      decisionId: served.decisionId,
      provenance: entrypoint.provenance,
      cached: served.cached,
      keyDigest: hash('sha256', served.input.project(projector).key, 'hex'),
    });
  }
}
