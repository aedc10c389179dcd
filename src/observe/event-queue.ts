import type { DecisionEvent } from './decision-event.ts';

/** How much may wait. */
export interface QueueLimits {
  readonly maxBufferedEvents: number;
  /** Of inputs and results as they were written; what they take in memory is several times that. */
  readonly maxBufferedBytes: number;
}

/** Taken places are cut off from this many on, and only when they are most of the array. */
const MIN_TAKEN = 1024;

/** Events that wait to be written, first in, first out, bounded by number and by bytes. */
export class EventQueue {
  readonly #limits: QueueLimits;
  #events: (DecisionEvent | undefined)[] = [];
  /** Where the next event stands: taking one does not move the others. */
  #next = 0;
  #bytes = 0;

  constructor(limits: QueueLimits) {
    this.#limits = limits;
  }

  get length(): number {
    return this.#events.length - this.#next;
  }

  /** False when it does not fit. */
  offer(event: DecisionEvent): boolean {
    const bytes = this.#bytes + bytesOf(event);
    if (this.length >= this.#limits.maxBufferedEvents || bytes > this.#limits.maxBufferedBytes) return false;
    this.#bytes = bytes;
    this.#events.push(event);
    return true;
  }

  take(): DecisionEvent | undefined {
    const event = this.#events[this.#next];
    if (event === undefined) return undefined;
    this.#events[this.#next++] = undefined;
    this.#bytes -= bytesOf(event);
    if (this.#next === this.#events.length || (this.#next >= MIN_TAKEN && this.#next > this.length)) {
      this.#events = this.#events.slice(this.#next);
      this.#next = 0;
    }
    return event;
  }

  /** Forgets everything; gives how many events that was. */
  clear(): number {
    const { length } = this;
    this.#events = [];
    this.#next = 0;
    this.#bytes = 0;
    return length;
  }
}

/** Characters stand for bytes where text is not measured. */
const bytesOf = ({ inputBytes, json }: DecisionEvent): number => inputBytes + (json?.length ?? 0);
