import type { ManifestFinding } from '../bundle/bundle.ts';
import type { Clock } from '../clock.ts';
import { type PortcullisError, toPortcullisError } from '../errors.ts';
import type { BundleStatus } from '../observe/status.ts';
import type { Activation, HeldBundle, PolicySetActivator } from './policy-set.ts';
import type { BundleSource } from './source.ts';
import type { BundleRecord, StateStore } from './state-store.ts';

/** What became of an archive, for logs and metrics. */
export interface Attempt {
  readonly policySet: string;
  readonly bundle: string;
  /** `waiting`: it passed its checks, and another bundle of the set is missing. `unsaved`: live, but not on disk. */
  readonly result: 'activated' | 'waiting' | 'refused' | 'unsaved';
  /** Why it was refused or could not be saved. */
  readonly error: PortcullisError | undefined;
  /** How many attempts in a row have failed. */
  readonly attempts: number;
  /** Whether it is about what was saved, not about what the source gives. */
  readonly restored: boolean;
  readonly status: BundleStatus;
  /** Of what was activated: where its module may answer otherwise than OPA. */
  readonly findings: readonly ManifestFinding[];
  /** Of what was activated: the policy set, and how it was proved. */
  readonly activation: Activation | undefined;
}

export interface KeeperParts {
  readonly activator: PolicySetActivator;
  readonly source: BundleSource;
  /** Undefined: nothing survives a restart. */
  readonly store: StateStore | undefined;
  /** How often a confirmation is remembered on disk, at most; Infinity where age does not count. */
  readonly saveConfirmationsMs: number;
  readonly clock: Clock;
  readonly report: (attempt: Attempt) => void;
  /** Called after an archive passed its checks: it, and others that waited for it, may have become active. */
  readonly settle: () => Promise<void>;
}

/** The newest archive that passed its checks. */
interface Held {
  readonly prepared: HeldBundle;
  readonly etag: string;
  /** Set when it comes from the state directory. */
  readonly restored: BundleRecord | undefined;
}

/** Keeps one bundle current: what its source gives is offered, and what became active is saved. */
export class BundleKeeper {
  readonly name: string;
  readonly #parts: KeeperParts;
  #held: Held | undefined;
  /** The active bundle as last reported, and what is on disk of it. */
  #settled: HeldBundle | undefined;
  #record: BundleRecord | undefined;
  #confirmed: { readonly wallMs: number; readonly monotonicMs: number } | undefined;
  #unconfirmed = false;
  /** What is on disk was proved otherwise: by an older program, say. */
  #unsavedProof = false;
  #blocked = false;
  #lastCheckedAtMs: number | undefined;
  #lastError: BundleStatus['lastError'];
  #turn: Promise<unknown> = Promise.resolve();

  constructor(name: string, parts: KeeperParts) {
    this.name = name;
    this.#parts = parts;
  }

  /** How many attempts in a row have failed. */
  get failures(): number {
    return this.#lastError?.attempts ?? 0;
  }

  /**
   * How long ago the source last said that what is held is current; 0 before it ever did. On the monotonic clock: the
   * wall clock may be set back, and says only how old a bundle was when it was restored.
   */
  get unconfirmedMs(): number {
    return this.#confirmed === undefined ? 0 : this.#parts.clock.monotonicMs() - this.#confirmed.monotonicMs;
  }

  /** Activates what was active in an earlier life, verified anew. Failure is recorded, never thrown. */
  async restore(): Promise<void> {
    try {
      await this.#restore();
    } catch (thrown) {
      this.#fail(thrown, 'refused', true);
    }
  }

  /** Asks the source once. Resolves with whether something new was activated; failures are recorded and rejected. */
  check(signal: AbortSignal): Promise<boolean> {
    const turn = this.#turn.then(() => this.#check(signal));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  /** Reports and saves the bundle if it has become active since. */
  async settle(): Promise<void> {
    const active = this.#parts.activator.activeBundle(this.name);
    if (active === undefined || active === this.#settled) return;
    this.#settled = active;
    // A neighbour may have made an archive fit that was refused before; the source is then asked for it once more.
    const { restored, etag } =
      this.#held?.prepared === active ? this.#held : { restored: undefined, etag: '' };
    const wallMs = this.#parts.clock.wallMs();
    const { sequence } = active;
    const proved = this.#parts.activator.activation?.proved;
    this.#unsavedProof = restored !== undefined && restored.proved !== proved;
    this.#record = {
      ...(restored ?? { sequence, etag, activatedAtMs: wallMs, confirmedAtMs: wallMs }),
      proved,
    };
    if (restored !== undefined) active.archive = undefined;
    this.#report('activated', undefined, restored !== undefined);
    await this.#save();
  }

  status(): BundleStatus {
    const { activator, source } = this.#parts;
    const active = activator.activeBundle(this.name);
    return {
      name: this.name,
      source: source.name,
      active: active && {
        revision: active.revision,
        sequence: active.sequence ?? 0,
        archiveDigest: active.archiveDigest,
        activatedAtMs: this.#record?.activatedAtMs ?? activator.descriptor!.activatedAtMs,
        restored: this.#unconfirmed,
      },
      waiting: this.#held !== undefined && active !== this.#held.prepared,
      lastCheckedAtMs: this.#lastCheckedAtMs,
      lastError: this.#lastError,
    };
  }

  async #restore(): Promise<void> {
    const { activator, clock, store } = this.#parts;
    // Until the record has been read, nothing is taken: it says below which sequence bundles are refused.
    this.#blocked = true;
    const saved = await store?.load(activator.rules.name, this.name);
    this.#blocked = false;
    if (saved === undefined) return;
    const { archive, record } = saved;
    if (record.sequence !== undefined) activator.refuseBelow(this.name, record.sequence);
    if (archive === undefined) return;
    if (record.proved !== undefined) activator.trustProof(record.proved);
    const prepared = await activator.offer(this.name, archive);
    const { confirmedAtMs } = record;
    const ageMs = Math.max(0, clock.wallMs() - confirmedAtMs);
    this.#confirmed = { wallMs: confirmedAtMs, monotonicMs: clock.monotonicMs() - ageMs };
    this.#unconfirmed = true;
    this.#held = { prepared, etag: record.etag, restored: record };
    await this.#parts.settle();
  }

  async #check(signal: AbortSignal): Promise<boolean> {
    const { activator, clock, source } = this.#parts;
    try {
      if (this.#blocked) await this.#restore();
      const polled = await source.poll(this.#held?.etag, signal);
      this.#lastCheckedAtMs = clock.wallMs();
      if (polled.kind === 'archive') {
        const prepared = await activator.offer(this.name, polled.bytes);
        this.#held = { prepared, etag: polled.etag, restored: undefined };
      }
      this.#confirmed = { wallMs: clock.wallMs(), monotonicMs: clock.monotonicMs() };
      this.#unconfirmed = false;
      this.#lastError = undefined;
      if (polled.kind === 'archive') {
        if (activator.activeBundle(this.name) !== this.#held!.prepared)
          this.#report('waiting', undefined, false);
        await this.#parts.settle();
      } else {
        if (this.#held !== undefined) activator.confirm(this.#held.prepared);
        await this.#save();
      }
      return polled.kind === 'archive' && activator.activeBundle(this.name) === this.#held!.prepared;
    } catch (thrown) {
      this.#lastCheckedAtMs = clock.wallMs();
      this.#fail(thrown, 'refused');
      throw thrown;
    }
  }

  /** Writes what is not on disk yet, and when the source has confirmed it last. A failure is tried again at each check. */
  async #save(): Promise<void> {
    const { activator, saveConfirmationsMs, store } = this.#parts;
    if (store === undefined || this.#settled === undefined || this.#record === undefined) return;
    const { archive } = this.#settled;
    const confirmedAtMs = this.#confirmed?.wallMs ?? this.#record.confirmedAtMs;
    const unsavedMs = Math.abs(confirmedAtMs - this.#record.confirmedAtMs);
    if (archive === undefined && !this.#unsavedProof && unsavedMs < saveConfirmationsMs) return;
    const record = { ...this.#record, confirmedAtMs };
    try {
      await store.save(activator.rules.name, this.name, record, archive);
      this.#settled.archive = undefined;
      this.#unsavedProof = false;
      this.#record = record;
    } catch (thrown) {
      this.#fail(thrown, 'unsaved');
    }
  }

  #fail(thrown: unknown, result: 'refused' | 'unsaved', restored = false): void {
    const error = toPortcullisError(thrown);
    const { code, message } = error;
    this.#lastError = { code, message, atMs: this.#parts.clock.wallMs(), attempts: this.failures + 1 };
    this.#report(result, error, restored);
  }

  #report(result: Attempt['result'], error: PortcullisError | undefined, restored: boolean): void {
    const { name, failures: attempts } = this;
    const policySet = this.#parts.activator.rules.name;
    const active = result === 'activated' ? this.#parts.activator.activeBundle(name) : undefined;
    const findings = active?.findings ?? [];
    const status = this.status();
    const activation = active && this.#parts.activator.activation;
    this.#parts.report({
      policySet,
      bundle: name,
      result,
      error,
      attempts,
      restored,
      status,
      findings,
      activation,
    });
  }
}
