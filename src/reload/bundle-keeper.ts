import type { Clock } from '../clock.ts';
import { type PortcullisError, toPortcullisError } from '../errors.ts';
import type { BundleStatus } from '../observe/status.ts';
import type { PreparedBundle } from './activation.ts';
import type { PolicySetActivator } from './policy-set.ts';
import type { BundleSource } from './source.ts';
import type { StateStore } from './state-store.ts';

/** How an attempt ended, for logs and metrics. `code` is `ok` or the error's. */
export interface Attempt {
  readonly policySet: string;
  readonly bundle: string;
  readonly code: string;
  readonly error: PortcullisError | undefined;
  readonly attempts: number;
  readonly status: BundleStatus;
}

export interface KeeperParts {
  readonly activator: PolicySetActivator;
  readonly source: BundleSource;
  /** Undefined: nothing survives a restart. */
  readonly store: StateStore | undefined;
  readonly clock: Clock;
  /** Called after each archive was offered, whatever came of it. */
  readonly report: (attempt: Attempt) => Promise<void> | void;
}

/** The newest archive that passed its checks. */
interface Held {
  readonly prepared: PreparedBundle;
  /** Kept until it has been saved. */
  archive: Uint8Array | undefined;
  readonly etag: string;
  restored: boolean;
  activatedAtMs: number | undefined;
}

/** Keeps one bundle current: what its source gives is offered, and what became active is saved. */
export class BundleKeeper {
  readonly name: string;
  readonly #parts: KeeperParts;
  #held: Held | undefined;
  #confirmedAtMs: number | undefined;
  #lastCheckedAtMs: number | undefined;
  #lastError: BundleStatus['lastError'];
  #turn: Promise<unknown> = Promise.resolve();

  constructor(name: string, parts: KeeperParts) {
    this.name = name;
    this.#parts = parts;
  }

  /** When the source last said that what is held is current; wall clock, milliseconds. */
  get confirmedAtMs(): number | undefined {
    return this.#confirmedAtMs;
  }

  /** How many attempts in a row have failed. */
  get failures(): number {
    return this.#lastError?.attempts ?? 0;
  }

  /** Activates what was active in an earlier life, verified anew. Failure is recorded, never thrown. */
  async restore(): Promise<void> {
    const { activator, store } = this.#parts;
    const policySet = activator.rules.name;
    try {
      const state = await store?.load(policySet, this.name);
      if (state === undefined) return;
      if (state.sequence !== undefined) activator.refuseBelow(this.name, state.sequence);
      const prepared = await activator.offer(this.name, state.archive);
      const etag = prepared.bundle.archiveDigest;
      this.#held = { prepared, archive: undefined, etag, restored: true, activatedAtMs: state.activatedAtMs };
      this.#confirmedAtMs = state.activatedAtMs;
      await this.#report(undefined);
    } catch (thrown) {
      await this.#fail(thrown);
    }
  }

  /** Asks the source once. Resolves with whether something new was activated; failures are recorded and rejected. */
  check(signal: AbortSignal): Promise<boolean> {
    const turn = this.#turn.then(() => this.#check(signal));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  /** Saves the bundle if it has become active and was not saved yet. */
  async saveActive(): Promise<void> {
    const { activator, clock, store } = this.#parts;
    const held = this.#held;
    if (held?.archive === undefined || activator.activeBundle(this.name) !== held.prepared) return;
    const { archive, prepared } = held;
    held.archive = undefined;
    held.activatedAtMs = clock.wallMs();
    const state = { archive, sequence: prepared.sequence, activatedAtMs: held.activatedAtMs };
    try {
      await store?.save(activator.rules.name, this.name, state);
    } catch (thrown) {
      await this.#fail(thrown);
    }
  }

  status(): BundleStatus {
    const { activator, source } = this.#parts;
    const active = activator.activeBundle(this.name);
    const held = this.#held;
    return {
      name: this.name,
      source: source.name,
      active: active && {
        revision: active.bundle.manifest.revision,
        sequence: active.sequence ?? 0,
        archiveDigest: active.bundle.archiveDigest,
        activatedAtMs: held?.activatedAtMs ?? activator.descriptor!.activatedAtMs,
        restored: held?.restored ?? false,
      },
      lastCheckedAtMs: this.#lastCheckedAtMs,
      lastError: this.#lastError,
    };
  }

  async #check(signal: AbortSignal): Promise<boolean> {
    const { activator, clock, source } = this.#parts;
    try {
      const polled = await source.poll(this.#held?.etag, signal);
      this.#lastCheckedAtMs = clock.wallMs();
      if (polled.kind === 'archive') {
        const prepared = await activator.offer(this.name, polled.bytes);
        const { bytes: archive, etag } = polled;
        this.#held = { prepared, archive, etag, restored: false, activatedAtMs: undefined };
      }
      if (this.#held !== undefined) this.#held.restored = false;
      this.#confirmedAtMs = clock.wallMs();
      this.#lastError = undefined;
      if (polled.kind === 'archive') await this.#report(undefined);
      return polled.kind === 'archive';
    } catch (thrown) {
      this.#lastCheckedAtMs = clock.wallMs();
      await this.#fail(thrown);
      throw thrown;
    }
  }

  async #fail(thrown: unknown): Promise<void> {
    const error = toPortcullisError(thrown);
    const { code, message } = error;
    this.#lastError = { code, message, atMs: this.#parts.clock.wallMs(), attempts: this.failures + 1 };
    await this.#report(error);
  }

  async #report(error: PortcullisError | undefined): Promise<void> {
    await this.#parts.report({
      policySet: this.#parts.activator.rules.name,
      bundle: this.name,
      code: error?.code ?? 'ok',
      error,
      attempts: this.failures,
      status: this.status(),
    });
  }
}
