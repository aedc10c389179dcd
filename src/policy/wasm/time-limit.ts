import type { Clock } from '../../clock.ts';
import { PortcullisError } from '../../errors.ts';
import { EvaluationInterrupted, type EvaluationTime } from '../evaluator.ts';

/**
 * How many checks a module passes between two looks at the clock. A check is mostly some 10 to 100 ns of work, at worst
 * some microseconds; the look costs 0.2 µs.
 */
const CHECKS_PER_LOOK = 1024;

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

  /** To be called when no evaluation is under way: modules are started and data is loaded without limit. */
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
