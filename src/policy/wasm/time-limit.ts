import type { Clock } from '../../clock.ts';
import { PortcullisError } from '../../errors.ts';
import { EvaluationInterrupted, type EvaluationTime } from '../evaluator.ts';

/**
 * How many checks a module passes between two looks at the clock. A check is mostly some 10 to 100 ns of work, at worst
 * some microseconds; the look costs 0.2 µs.
 */
const CHECKS_PER_LOOK = 1024;

/** Far more than the largest data need; they are read in one go. */
const MAX_LOAD_MS = 60_000;

/** The time that the evaluation under way may take. One object serves all evaluations of a policy set, one at a time. */
export class TimeLimit {
  readonly #clock: Clock;
  #deadlineMs = Number.POSITIVE_INFINITY;
  #interruptAtMs = Number.POSITIVE_INFINITY;
  #ticks = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  begin({ deadlineMs, interruptAtMs }: EvaluationTime): void {
    this.#deadlineMs = deadlineMs;
    this.#interruptAtMs = interruptAtMs ?? Number.POSITIVE_INFINITY;
    this.#ticks = 0;
  }

  /** Has a module started and its data read. Throws PortcullisError `bundle_data_invalid` when that takes too long. */
  whileLoading<T>(bundle: string, load: () => T): T {
    const endMs = this.#clock.monotonicMs() + MAX_LOAD_MS;
    this.begin({ wallMs: 0, deadlineMs: endMs });
    try {
      return load();
    } catch (thrown) {
      if (this.#clock.monotonicMs() < endMs) throw thrown;
      const message = `data of bundle "${bundle}": it is not read within ${MAX_LOAD_MS / 1000} seconds`;
      throw new PortcullisError('bundle_data_invalid', message, { cause: thrown });
    } finally {
      this.end();
    }
  }

  /** To be called when no evaluation is under way: spare instances are started without limit. */
  end(): void {
    this.#deadlineMs = Number.POSITIVE_INFINITY;
    this.#interruptAtMs = Number.POSITIVE_INFINITY;
  }

  /** Throws PortcullisError `deadline_exceeded`. `when` says where the evaluation was then. */
  checkDeadline(when: string, nowMs: number = this.#clock.monotonicMs()): void {
    if (nowMs < this.#deadlineMs) return;
    throw new PortcullisError('deadline_exceeded', `the deadline passed ${when} the evaluation`);
  }

  /**
   * For an evaluation that runs: gives the number of the module's checks after which to ask again.
   * Throws PortcullisError `deadline_exceeded`, or EvaluationInterrupted.
   */
  tick(): number {
    const nowMs = this.#clock.monotonicMs();
    this.checkDeadline('during', nowMs);
    // Checks are counted across evaluations, so a quick one may come upon a look as well. When it is late by then, it had
    // to wait for a processor, and will be done before the next look.
    if (nowMs < this.#interruptAtMs || this.#ticks++ === 0) return CHECKS_PER_LOOK;
    throw new EvaluationInterrupted('the time that the evaluation may take in this thread is up');
  }
}
