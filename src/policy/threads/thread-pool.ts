import type { Clock } from '../../clock.ts';
import { PortcullisError } from '../../errors.ts';
import type { EvaluationFigures } from '../evaluation-figures.ts';
import type { InstanceMemory } from '../evaluator.ts';
import { JobQueue, type QueuedJob } from './job-queue.ts';
import { PolicyThread, type ThreadEnd, type ThreadStart } from './policy-thread.ts';
import type { ThreadAnswer, ThreadJob, ThreadResult } from './protocol.ts';
import { threadClock } from './thread-clock.ts';
import { toError } from './wire-evaluation.ts';

export interface ThreadPoolOptions {
  readonly start: ThreadStart;
  readonly clock: Clock;
  /** Threads at most. They are started when jobs wait. */
  readonly maxThreads: number;
  /** Jobs that may wait; more are refused. */
  readonly maxQueued: number;
  readonly figures: EvaluationFigures;
  /** Takes what the jobs printed. */
  readonly onPrint: (message: string) => void;
  /** Told of threads that ended otherwise than they should. */
  readonly onThreadLost?: (why: ThreadEnd, error: PortcullisError) => void;
}

/** A metered module ends itself at the deadline; a thread that has not said so by now hangs in a builtin. */
const GRACE_MS = 100;
/** What a job may run before those that wait get their turn; four times as long at each further attempt. */
const FIRST_SLICE_MS = 10;
const SLICE_FACTOR = 4;
/** After threads failed in a row, the next one waits: 100 ms, 200 ms, … at most this long. */
const FIRST_BACKOFF_MS = 100;
const MAX_BACKOFF_MS = 10_000;
/** A thread that had no job for so long is ended: it holds a copy of the modules' memory. */
const IDLE_MS = 60_000;
/** Node's timers count milliseconds in 31 bits. */
const MAX_TIMER_MS = 2 ** 31 - 1;

interface Slot {
  readonly thread: PolicyThread;
  state: 'starting' | 'idle' | 'busy' | 'ended';
  job: QueuedJob | undefined;
  /** Ends it when it hangs, or when it had nothing to do for long. */
  timer: NodeJS.Timeout | undefined;
}

/**
 * Threads that load one policy set, and the queue before them. A job ends at its deadline, whatever its thread does: a
 * thread that goes on is ended and replaced. No thread has more than one job, so that no other is lost with it.
 */
export class ThreadPool {
  readonly #options: ThreadPoolOptions;
  readonly #queue = new JobQueue();
  readonly #slots = new Set<Slot>();
  readonly #detach: () => void;
  #failures = 0;
  #backoff: NodeJS.Timeout | undefined;
  #warm = false;
  #closed = false;

  constructor(options: ThreadPoolOptions) {
    this.#options = options;
    this.#detach = options.figures.attach(() => ({
      ...this.memory(),
      threads: this.#slots.size,
      queued: this.#queue.size,
    }));
  }

  /** Starts a thread now and keeps one: for policy sets whose every answer comes from here. */
  keepWarm(): void {
    this.#warm = true;
    this.#dispatch();
  }

  /**
   * Has a job done. `deadlineMs` is on the clock of the options; Infinity for none.
   * Rejects with `deadline_exceeded`, `overloaded`, what the thread gave, `evaluation_limit` (the thread's heap was used
   * up) or `internal` (the thread crashed).
   */
  run<Job extends ThreadJob>(job: Job, deadlineMs: number): Promise<ThreadResult<Job>> {
    const { clock, maxQueued, figures } = this.#options;
    return new Promise((resolve, reject) => {
      if (this.#closed) throw new PortcullisError('cancelled', 'the policy set is no longer active');
      if (this.#queue.size >= maxQueued) {
        figures.overloaded++;
        throw new PortcullisError('overloaded', `${maxQueued} evaluations wait for a policy thread already`);
      }
      figures.inThreads++;
      const queued: QueuedJob = {
        job,
        deadlineMs,
        attempts: 0,
        settled: false,
        resolve,
        reject,
        timer: undefined,
      };
      if (Number.isFinite(deadlineMs)) {
        const waitMs = Math.min(Math.max(0, deadlineMs - clock.monotonicMs()), MAX_TIMER_MS);
        queued.timer = setTimeout(() => this.#expire(queued), waitMs);
      }
      this.#queue.add(queued);
      this.#dispatch();
    });
  }

  /** Whether a job would be begun at once, and by a thread that is there. */
  get isIdle(): boolean {
    return this.#slots.values().some(({ state }) => state === 'idle');
  }

  memory(): InstanceMemory {
    let instances = 0;
    let bytes = 0;
    for (const { thread } of this.#slots) {
      instances += thread.memory.instances;
      bytes += thread.memory.bytes;
    }
    return { instances, bytes };
  }

  /** Ends all threads; jobs under way fail. Resolves when the threads are gone. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#backoff);
    const gone = new PortcullisError('cancelled', 'the policy set is no longer active');
    for (const job of this.#queue.drain()) settle(job, () => job.reject(gone));
    await Promise.all(Array.from(this.#slots, ({ thread }) => thread.end('closed')));
    this.#detach();
  }

  /** Gives waiting jobs to threads without one, and starts threads while there are not enough. */
  #dispatch(): void {
    for (const slot of this.#slots) {
      if (slot.state !== 'idle') continue;
      const job = this.#queue.next();
      if (job === undefined) return;
      this.#give(slot, job);
    }
    const { size } = this.#slots;
    const coming = Array.from(this.#slots).filter(({ state }) => state === 'starting').length;
    const wanted = Math.min(
      this.#options.maxThreads,
      Math.max(size - coming + this.#queue.size, this.#warm ? 1 : 0),
    );
    for (let count = size; count < wanted; count++) this.#start();
  }

  #start(): void {
    if (this.#closed || this.#backoff !== undefined) return;
    const slot: Slot = {
      thread: new PolicyThread(this.#options.start, {
        onReady: () => this.#idle(slot),
        onAnswer: (answer) => this.#answered(slot, answer),
        onEnd: (why, error) => this.#ended(slot, why, error),
      }),
      state: 'starting',
      job: undefined,
      timer: undefined,
    };
    this.#slots.add(slot);
  }

  #give(slot: Slot, queued: QueuedJob): void {
    const { job, deadlineMs } = queued;
    clearTimeout(slot.timer);
    slot.timer = undefined;
    slot.state = 'busy';
    slot.job = queued;
    const remainingMs = deadlineMs - this.#options.clock.monotonicMs();
    const sliceMs = job.repeatable ? FIRST_SLICE_MS * SLICE_FACTOR ** queued.attempts++ : undefined;
    slot.thread.post({ job, deadlineMs: threadClock.monotonicMs() + remainingMs, sliceMs });
  }

  #answered(slot: Slot, answer: ThreadAnswer): void {
    const { job } = slot;
    this.#failures = 0;
    this.#idle(slot);
    if (job === undefined || job.settled) return;
    if (answer.kind === 'interrupted') {
      this.#queue.add(job);
      this.#dispatch();
      return;
    }
    if (job.job.quiet !== true) for (const message of answer.prints) this.#options.onPrint(message);
    if (answer.kind === 'done') settle(job, () => job.resolve(answer.result));
    else settle(job, () => job.reject(toError(answer.failure)));
  }

  #idle(slot: Slot): void {
    clearTimeout(slot.timer);
    slot.job = undefined;
    slot.state = 'idle';
    slot.timer = setTimeout(() => {
      if (!this.#warm || this.#slots.size > 1) void slot.thread.end('closed');
    }, IDLE_MS).unref();
    this.#dispatch();
  }

  /** The deadline of a job: the answer is no, now. The thread that has it gets a little longer to notice. */
  #expire(job: QueuedJob): void {
    settle(job, () =>
      job.reject(new PortcullisError('deadline_exceeded', 'the deadline passed during the evaluation')),
    );
    this.#queue.remove(job);
    const slot = Array.from(this.#slots).find((candidate) => candidate.job === job);
    if (slot !== undefined) slot.timer = setTimeout(() => void slot.thread.end('deadline'), GRACE_MS);
  }

  #ended(slot: Slot, why: ThreadEnd, error: PortcullisError): void {
    const { figures, onThreadLost } = this.#options;
    clearTimeout(slot.timer);
    slot.state = 'ended';
    this.#slots.delete(slot);
    const { job } = slot;
    if (job !== undefined) settle(job, () => job.reject(error));
    if (why === 'closed') return;
    figures.lost[why]++;
    onThreadLost?.(why, error);
    // At once: where one evaluation ran away, the next will soon need a thread.
    if (why === 'deadline') this.#start();
    else this.#backOff();
    // What cannot start will not answer: those who wait are told why, and not at their deadlines.
    if (why === 'refused' && this.#slots.size === 0) {
      for (const waiting of this.#queue.drain()) settle(waiting, () => waiting.reject(error));
    }
    this.#dispatch();
  }

  /** Keeps threads that end at once from being started over and over. */
  #backOff(): void {
    if (this.#closed) return;
    const delayMs = Math.min(FIRST_BACKOFF_MS * 2 ** this.#failures++, MAX_BACKOFF_MS);
    clearTimeout(this.#backoff);
    this.#backoff = setTimeout(() => {
      this.#backoff = undefined;
      this.#dispatch();
    }, delayMs).unref();
  }
}

function settle(job: QueuedJob, how: () => void): void {
  if (job.settled) return;
  job.settled = true;
  clearTimeout(job.timer);
  how();
}
