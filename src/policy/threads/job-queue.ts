import type { PortcullisError } from '../../errors.ts';
import type { ThreadJob, ThreadResult } from './protocol.ts';

/** A job with whoever waits for it. */
export interface QueuedJob {
  readonly job: ThreadJob;
  readonly deadlineMs: number;
  /** How often it was begun and given up because its slice was over. */
  attempts: number;
  settled: boolean;
  readonly resolve: (result: ThreadResult) => void;
  readonly reject: (error: PortcullisError) => void;
  timer: NodeJS.Timeout | undefined;
}

/**
 * Jobs that wait. Those that were begun least often come first, so that evaluations which take some milliseconds do not
 * stand behind those that run to their deadline; among equals, first come, first served.
 */
export class JobQueue {
  readonly #byAttempts: Set<QueuedJob>[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(job: QueuedJob): void {
    (this.#byAttempts[job.attempts] ??= new Set()).add(job);
    this.#size++;
  }

  /** Takes out the next job. */
  next(): QueuedJob | undefined {
    for (const jobs of this.#byAttempts) {
      for (const job of jobs ?? []) {
        this.remove(job);
        return job;
      }
    }
    return undefined;
  }

  /** Takes out a job, if it is there. */
  remove(job: QueuedJob): void {
    if (this.#byAttempts[job.attempts]?.delete(job) === true) this.#size--;
  }

  /** Takes out all jobs. */
  drain(): QueuedJob[] {
    const jobs = this.#byAttempts.flatMap((set) => [...(set ?? [])]);
    this.#byAttempts.length = 0;
    this.#size = 0;
    return jobs;
  }
}
