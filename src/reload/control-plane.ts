import { policySetDigest } from '../decision/key.ts';
import type { DataPlaneControl } from '../decision/planes.ts';
import { PortcullisError } from '../errors.ts';
import type { BundleStatus, PolicySetStatus } from '../observe/status.ts';
import type { BundleRules } from './activation.ts';
import { type Attempt, BundleKeeper } from './bundle-keeper.ts';
import type { PolicySetRules } from './combine.ts';
import { type ActivationParts, PolicySetActivator } from './policy-set.ts';
import type { BundleSource } from './source.ts';
import type { StateStore } from './state-store.ts';
import { keepCurrent, type PollingOptions } from './watch-loop.ts';

/** One bundle as the operator configured it. */
export interface BundlePlan {
  readonly rules: BundleRules;
  readonly source: BundleSource;
  /** Answers stop when the source has not confirmed the bundle for this long; undefined: never. */
  readonly maxStalenessMs: number | undefined;
}

export interface PolicySetPlan {
  readonly rules: PolicySetRules;
  readonly bundles: readonly BundlePlan[];
}

export interface ControlPlaneOptions extends ActivationParts {
  readonly policySets: readonly PolicySetPlan[];
  readonly store: StateStore | undefined;
  readonly polling: PollingOptions;
  /** Told what became of every archive. */
  readonly report: (attempt: Attempt) => void;
}

interface KeptSet {
  readonly activator: PolicySetActivator;
  readonly keepers: readonly { readonly keeper: BundleKeeper; readonly plan: BundlePlan }[];
}

/** How often it is looked whether a bundle has become too old. */
const STALENESS_CHECK_MS = 1_000;
/** How often a source is asked, at least, before what it gave counts as too old. */
const POLLS_PER_STALENESS = 4;

/** Keeps all policy sets current: sources → verify → prove → activate; last known good across restarts. */
export class ControlPlane {
  readonly #sets: readonly KeptSet[];
  readonly #dataPlane: DataPlaneControl;
  readonly #polling: PollingOptions;
  readonly #stop = new AbortController();
  readonly #loops: Promise<void>[] = [];
  #stalenessTimer: NodeJS.Timeout | undefined;

  constructor(options: ControlPlaneOptions) {
    this.#dataPlane = options.dataPlane;
    this.#polling = options.polling;
    this.#sets = options.policySets.map((plan) => this.#keep(plan, options));
  }

  /** Restores what was active before, asks every source once, and goes on doing so in the background. */
  async start(): Promise<void> {
    const keepers = this.#sets.flatMap((set) => set.keepers);
    await Promise.all(keepers.map(({ keeper }) => keeper.restore()));
    await this.reloadAll();
    for (const { keeper, plan } of keepers) {
      this.#loops.push(keepCurrent(keeper, plan.source, this.#pollingOf(plan), this.#stop.signal));
    }
    if (keepers.some(({ plan }) => plan.maxStalenessMs !== undefined)) {
      this.#stalenessTimer = setInterval(() => this.checkStaleness(), STALENESS_CHECK_MS);
    }
  }

  async stop(): Promise<void> {
    clearInterval(this.#stalenessTimer);
    this.#stop.abort();
    await Promise.all(this.#sets.map(({ activator }) => activator.close()));
    await Promise.all(this.#loops);
  }

  /** Asks a bundle's source now. Rejects with what kept it from being activated, or `not_found`. */
  async reload(
    policySet: string,
    bundle: string,
    signal: AbortSignal = this.#stop.signal,
  ): Promise<{ changed: boolean; bundle: BundleStatus }> {
    const set = this.#sets.find(({ activator }) => activator.rules.name === policySet);
    const kept = set?.keepers.find(({ keeper }) => keeper.name === bundle);
    if (kept === undefined) {
      throw new PortcullisError(
        'not_found',
        `no bundle ${JSON.stringify(bundle)} in policy set ${JSON.stringify(policySet)}`,
      );
    }
    const changed = await kept.keeper.check(AbortSignal.any([signal, this.#stop.signal]));
    return { changed, bundle: kept.keeper.status() };
  }

  /** Asks every source now. Failures are in the status. */
  async reloadAll(): Promise<void> {
    const keepers = this.#sets.flatMap((set) => set.keepers);
    await Promise.all(keepers.map(({ keeper }) => keeper.check(this.#stop.signal).catch(() => undefined)));
  }

  status(): readonly PolicySetStatus[] {
    return this.#sets.map(({ activator, keepers }) => ({
      name: activator.rules.name,
      ready: activator.descriptor !== undefined && !isStale(keepers),
      entrypoints: activator.descriptor?.entrypoints ?? [],
      digest: activator.descriptor === undefined ? '' : policySetDigest(activator.descriptor),
      bundles: keepers.map(({ keeper }) => keeper.status()),
    }));
  }

  /** Takes policy sets that are too old out of service, and back in when their sources confirm them. */
  checkStaleness(): void {
    for (const { activator, keepers } of this.#sets) {
      this.#dataPlane.setUsable(activator.rules.name, !isStale(keepers));
    }
  }

  /** A source is asked several times before what it gave counts as too old, so that one failed attempt does no harm. */
  #pollingOf({ maxStalenessMs = Number.POSITIVE_INFINITY }: BundlePlan): PollingOptions {
    const { intervalMs, maxRetryMs, ...rest } = this.#polling;
    const longestMs = maxStalenessMs / POLLS_PER_STALENESS;
    return {
      ...rest,
      intervalMs: Math.min(intervalMs, longestMs),
      maxRetryMs: Math.min(maxRetryMs, longestMs),
    };
  }

  #keep(plan: PolicySetPlan, options: ControlPlaneOptions): KeptSet {
    const bundleRules = plan.bundles.map(({ rules }) => rules);
    const activator = new PolicySetActivator(plan.rules, bundleRules, options);
    const { clock, report, store } = options;
    const settle = async (): Promise<void> => {
      for (const { keeper } of keepers) await keeper.settle();
      // What was restored may be too old already, and what came new may end that.
      this.checkStaleness();
    };
    const keepers = plan.bundles.map((bundle) => {
      const { maxStalenessMs = Number.POSITIVE_INFINITY, rules, source } = bundle;
      const saveConfirmationsMs = maxStalenessMs / POLLS_PER_STALENESS;
      const parts = { activator, source, store, saveConfirmationsMs, clock, report, settle };
      return { plan: bundle, keeper: new BundleKeeper(rules.name, parts) };
    });
    return { activator, keepers };
  }
}

/** One bundle that its source has not confirmed for too long makes the whole policy set stale. */
const isStale = (keepers: KeptSet['keepers']): boolean =>
  keepers.some(
    ({ keeper, plan }) => keeper.unconfirmedMs > (plan.maxStalenessMs ?? Number.POSITIVE_INFINITY),
  );
