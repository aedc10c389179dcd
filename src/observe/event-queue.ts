import type { DecisionEvent } from './decision-event.ts';

/** How much may wait. */
export interface QueueLimits {
  readonly maxBufferedEvents: number;
  /** Of results, and of the bytes that inputs arrived in; what inputs take in memory that are objects already is several times that. */
  readonly maxBufferedBytes: number;
}

const FIRST_CAPACITY = 256;

/**
 * Events that wait to be written, first in, first out, bounded by number and by bytes. An input is often a small part of what
 * was read from a socket at once, all of which it keeps from being freed: then the whole buffer counts, once for events
 * in a row that share it.
 */
export class EventQueue {
  readonly #limits: QueueLimits;
  /** A ring: a power of two in length, so that places are found by their lower bits. */
  #events: (DecisionEvent | undefined)[] = Array.from({ length: FIRST_CAPACITY }, () => undefined);
  #charges: Float64Array = new Float64Array(FIRST_CAPACITY);
  #first = 0;
  #length = 0;
  #bytes = 0;
  /** What the newest event holds on to; its charge moves along to the next one that shares it. */
  #newestBuffer: ArrayBufferLike | undefined;

  constructor(limits: QueueLimits) {
    this.#limits = limits;
  }

  get length(): number {
    return this.#length;
  }

  /** What waits, as it is counted against the bound. */
  get bytes(): number {
    return this.#bytes;
  }

  /** False when it does not fit. */
  offer(event: DecisionEvent): boolean {
    const { maxBufferedEvents, maxBufferedBytes } = this.#limits;
    const buffer = event.input.source?.buffer;
    const inputBytes = buffer === undefined ? event.inputBytes : buffer.byteLength;
    const isShared = buffer !== undefined && buffer === this.#newestBuffer;
    // Characters stand for bytes where text is not measured.
    const bytes = (event.json?.length ?? 0) + (isShared ? 0 : inputBytes);
    if (this.#length >= maxBufferedEvents || this.#bytes + bytes > maxBufferedBytes) return false;
    if (this.#length === this.#events.length) this.#grow();
    const place = (this.#first + this.#length) & (this.#events.length - 1);
    this.#events[place] = event;
    this.#charges[place] = bytes;
    if (isShared) this.#move(inputBytes, (place - 1) & (this.#events.length - 1), place);
    this.#bytes += bytes;
    this.#length++;
    this.#newestBuffer = buffer;
    return true;
  }

  take(): DecisionEvent | undefined {
    if (this.#length === 0) return undefined;
    const place = this.#first;
    const event = this.#events[place];
    this.#events[place] = undefined;
    this.#bytes -= this.#charges[place]!;
    this.#first = (place + 1) & (this.#events.length - 1);
    if (--this.#length === 0) this.#newestBuffer = undefined;
    return event;
  }

  /** Forgets everything; gives how many events that was. */
  clear(): number {
    const length = this.#length;
    while (this.take() !== undefined);
    return length;
  }

  #move(bytes: number, from: number, to: number): void {
    this.#charges[from] = this.#charges[from]! - bytes;
    this.#charges[to] = this.#charges[to]! + bytes;
  }

  #grow(): void {
    const { length } = this.#events;
    const order = Array.from({ length }, (_, i) => (this.#first + i) & (length - 1));
    const events = order.map((place) => this.#events[place]);
    const charges = order.map((place) => this.#charges[place]!);
    this.#events = [...events, ...events.map(() => undefined)];
    this.#charges = Float64Array.from([...charges, ...charges.map(() => 0)]);
    this.#first = 0;
  }
}
