/** The deadlines of calls that are not answered yet: a heap, and one timer for the next. */

/** What has a deadline. `deadlineSlot` is where the heap keeps it; -1 when it does not. */
export interface Expiring {
  readonly deadlineMs: number;
  deadlineSlot: number;
  expire(): void;
}

/** Node's timers count no further than 24 days; a look now and then costs nothing. */
const LONGEST_WAIT_MS = 60_000;

export class Deadlines {
  readonly #nowMs: () => number;
  readonly #heap: Expiring[] = [];
  #timer: NodeJS.Timeout | undefined;
  #timerMs: number = Number.POSITIVE_INFINITY;

  /** `nowMs` is the clock of the deadlines. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  add(expiring: Expiring): void {
    expiring.deadlineSlot = this.#heap.length;
    this.#heap.push(expiring);
    this.#up(expiring.deadlineSlot);
    if (expiring.deadlineMs < this.#timerMs) this.#wait();
  }

  /** Forgets it: nothing is kept of calls that are answered. */
  remove(expiring: Expiring): void {
    const slot = expiring.deadlineSlot;
    if (slot < 0) return;
    expiring.deadlineSlot = -1;
    const last = this.#heap.pop();
    if (last === undefined || last === expiring) return;
    this.#put(last, slot);
    this.#up(slot);
    this.#down(last.deadlineSlot);
  }

  /** Ends what has had its time. */
  expire(): void {
    const nowMs = this.#nowMs();
    for (let first = this.#heap[0]; first !== undefined && first.deadlineMs <= nowMs; first = this.#heap[0]) {
      this.remove(first);
      first.expire();
    }
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #wait(): void {
    clearTimeout(this.#timer);
    const first = this.#heap[0];
    this.#timerMs = first?.deadlineMs ?? Number.POSITIVE_INFINITY;
    if (first === undefined) return;
    const waitMs = Math.min(Math.max(Math.ceil(first.deadlineMs - this.#nowMs()), 1), LONGEST_WAIT_MS);
    this.#timer = setTimeout(() => {
      this.expire();
      this.#wait();
    }, waitMs);
    this.#timer.unref();
  }

  #put(expiring: Expiring, slot: number): void {
    this.#heap[slot] = expiring;
    expiring.deadlineSlot = slot;
  }

  #up(from: number): void {
    let slot = from;
    const expiring = this.#heap[slot]!;
    while (slot > 0) {
      const parent = this.#heap[(slot - 1) >> 1]!;
      if (parent.deadlineMs <= expiring.deadlineMs) break;
      this.#put(parent, slot);
      slot = (slot - 1) >> 1;
    }
    this.#put(expiring, slot);
  }

  #down(from: number): void {
    let slot = from;
    const expiring = this.#heap[slot]!;
    for (;;) {
      let child = 2 * slot + 1;
      if (child + 1 < this.#heap.length && this.#heap[child + 1]!.deadlineMs < this.#heap[child]!.deadlineMs)
        child++;
      const next = this.#heap[child];
      if (next === undefined || next.deadlineMs >= expiring.deadlineMs) break;
      this.#put(next, slot);
      slot = child;
    }
    this.#put(expiring, slot);
  }
}
