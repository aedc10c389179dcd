/** An evaluation that held the thread for this many slices could not be interrupted: a builtin ran long. */
const OVERRUN_SLICES = 4;
/** For so long after such an evaluation, it is measured what evaluations really cost. */
const SUSPICION_MS = 60_000;
/** What overruns of one entrypoint may take of the thread's time, at most. */
const OVERRUN_SHARE = 0.05;
/** After so long without an interruption, the slice doubles. */
const RECOVERY_MS = 1000;

/**
 * How long the evaluations of one entrypoint may hold the main thread.
 *
 * An evaluation that is interrupted was begun in vain, so inputs that run long cost the thread a slice each. Each
 * interruption halves the slice of the entrypoint, down to a minimum; each second without one doubles it, up to the
 * maximum. Evaluations that are quick, the usual ones, fit into the smallest slice and never notice.
 *
 * What holds the thread far beyond its slice, because a builtin of the host cannot be interrupted, is kept away from it
 * altogether: for twenty times as long as it took, so that it never gets more than a twentieth of the time. On a busy
 * machine any evaluation may seem to take long, because the thread had to wait for a processor: so the first one only
 * raises suspicion, and then processor time counts, which costs a microsecond to ask for.
 */
export class Pace {
  readonly #maxMs: number;
  readonly #minMs: number;
  #sliceMs: number;
  #quietSinceMs = Number.NEGATIVE_INFINITY;
  #suspectUntilMs = Number.NEGATIVE_INFINITY;
  #awayUntilMs = Number.NEGATIVE_INFINITY;

  /** Slices in milliseconds; times below are on the monotonic clock, milliseconds. */
  constructor(minMs: number, maxMs: number) {
    this.#minMs = Math.min(minMs, maxMs);
    this.#maxMs = maxMs;
    this.#sliceMs = maxMs;
  }

  /** How long an evaluation that begins now may hold the thread; 0 when it must not begin there. */
  sliceAt(nowMs: number): number {
    if (nowMs < this.#awayUntilMs) return 0;
    while (this.#sliceMs < this.#maxMs && nowMs - this.#quietSinceMs >= RECOVERY_MS) {
      this.#sliceMs = Math.min(this.#sliceMs * 2, this.#maxMs);
      this.#quietSinceMs += RECOVERY_MS;
    }
    return this.#sliceMs;
  }

  /** An evaluation was interrupted. */
  interrupted(nowMs: number): void {
    this.#sliceMs = Math.max(this.#sliceMs / 2, this.#minMs);
    this.#quietSinceMs = nowMs;
  }

  /** Whether `took` wants to know the processor time of an evaluation that begins now. */
  suspects(nowMs: number): boolean {
    return nowMs < this.#suspectUntilMs;
  }

  /** An evaluation held the thread for so long, interrupted or not; `processorMs` of it were its own, if that is known. */
  took(durationMs: number, processorMs: number | undefined, nowMs: number): void {
    if (durationMs <= OVERRUN_SLICES * this.#maxMs) return;
    this.#suspectUntilMs = nowMs + SUSPICION_MS;
    if (processorMs === undefined || processorMs <= OVERRUN_SLICES * this.#maxMs) return;
    this.#awayUntilMs = nowMs + processorMs / OVERRUN_SHARE;
    this.#suspectUntilMs += processorMs / OVERRUN_SHARE;
  }
}
