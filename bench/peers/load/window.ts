/** The time of a run that counts: after the warm-up. What is counted in it, and processor time from its begin to its end. */

import type { Outcome } from './connection.ts';
import { Histogram } from './histogram.ts';
import type { JobResult } from './job.ts';
import { processorTimeUs } from './processor-time.ts';

export class Window {
  readonly #pid: number;
  readonly #beginMs: number;
  readonly #endMs: number;
  readonly #latency = new Histogram();
  #started: Moment | undefined;
  #ended: Moment | undefined;
  #answers = 0;
  #wrong = 0;
  #failed = 0;

  /** Times are those of `performance.now()`. */
  constructor(pid: number, beginMs: number, endMs: number) {
    this.#pid = pid;
    this.#beginMs = beginMs;
    this.#endMs = endMs;
  }

  /** Asked once for all that arrived together. False when it is over. */
  goesOn(nowMs: number): boolean {
    if (this.#started === undefined && nowMs >= this.#beginMs) this.#started = momentOf(this.#pid, nowMs);
    if (this.#ended === undefined && nowMs >= this.#endMs) this.#ended = momentOf(this.#pid, nowMs);
    return this.#ended === undefined;
  }

  /** Wrong and failed answers count whenever they come, the others only within. */
  count(outcome: Outcome, latencyUs: number, within: boolean): void {
    if (outcome === 'wrong') this.#wrong++;
    else if (outcome === 'failed') this.#failed++;
    if (!within) return;
    this.#answers++;
    this.#latency.add(latencyUs);
  }

  get isOpen(): boolean {
    return this.#started !== undefined && this.#ended === undefined;
  }

  result(): Omit<JobResult, 'unsent' | 'latenessP99Us'> {
    const [from, to] = [this.#started, this.#ended];
    if (from === undefined || to === undefined) throw new Error('the run ended before its time');
    const durationMs = to.atMs - from.atMs;
    return {
      answers: this.#answers,
      perSecond: (this.#answers * 1000) / durationMs,
      latency: this.#latency.percentiles(),
      wrong: this.#wrong,
      failed: this.#failed,
      serverCpuUs: to.serverUs - from.serverUs,
      clientCpuUs: to.clientUs - from.clientUs,
      durationMs,
    };
  }
}

interface Moment {
  readonly atMs: number;
  readonly serverUs: number;
  readonly clientUs: number;
}

function momentOf(pid: number, atMs: number): Moment {
  const { user, system } = process.cpuUsage();
  return { atMs, serverUs: processorTimeUs(pid), clientUs: user + system };
}
