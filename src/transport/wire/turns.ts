/**
 * Which calls begin while the read that brought them is taken in, which streams go on with their next message, and which
 * wait for a later turn of the event loop. Handlers that take long must not keep resets, pings, deadlines and other connections
 * waiting until a whole read is worked off. Calls have one line and streams another: a stream has its slice to itself, whatever a
 * message takes, and in one line would leave calls nothing but the first place of each turn.
 */

/** What begins when its turn comes. Those with the same `connection` keep their order. */
export interface Waiting {
  readonly connection: object;
}

/** How long the handlers of one line may go on in a part of a turn: in its reads, and again behind them with what waits. */
const SLICE_MS = 5;
/**
 * How often the end of a turn is waited for at most. Reads are as close as microseconds, and a slice may be this much shorter
 * or longer without harm.
 */
const MARK_MS = 1;
/** The clock is looked at before every so many calls; before each of them while these take longer than so many milliseconds. */
const CALLS_PER_LOOK = 4;
const QUICK_MS = 0.5;

export class Turns<T extends Waiting> {
  readonly #nowMs: () => number;
  readonly #begin: (waiting: T) => boolean;
  /** What waits of each connection, the one whose turn is next first. */
  readonly #queues = new Map<object, Set<T>>();
  /** When the slice of this turn began. */
  #startMs: number = Number.NEGATIVE_INFINITY;
  #lookedMs = 0;
  /** Calls until the next look at the clock. */
  #untilLook = 0;
  /** The end of this turn will be noticed. */
  #marked = false;
  readonly #onTurnEnd = (): void => {
    this.#marked = false;
    if (this.#queues.size > 0) this.#work();
  };

  /**
   * `begin` gets what has waited; it never throws. True when what it began works only after it has returned, in microtasks: it has
   * a slice from then on, and what else waits has later turns.
   */
  constructor(nowMs: () => number, begin: (waiting: T) => boolean) {
    this.#nowMs = nowMs;
    this.#begin = begin;
  }

  /** A socket was read at this time. All reads of a turn share its slice. */
  onRead(nowMs: number): void {
    if (this.#marked || nowMs - this.#startMs < MARK_MS) return;
    this.#startMs = nowMs;
    // One call is never asked for the time.
    this.#untilLook = 2;
    this.#mark();
  }

  /** Whether the next call of a connection may begin at once; otherwise it waits (`add`). */
  mayBegin(connection: object): boolean {
    if (this.#queues.size > 0 && this.#queues.has(connection)) return false;
    return --this.#untilLook > 0 || this.#look();
  }

  /**
   * Whether what has begun already may go on, in a read or not. Others of its connection may wait meanwhile: who has the slice
   * uses it, since a turn for each message would cost more than many messages do.
   */
  mayGoOn(): boolean {
    if (!this.#marked) this.onRead(this.#nowMs());
    return --this.#untilLook > 0 || this.#look();
  }

  add(waiting: T): void {
    const queue = this.#queues.get(waiting.connection);
    if (queue === undefined) this.#queues.set(waiting.connection, new Set([waiting]));
    else queue.add(waiting);
    this.#mark();
  }

  remove(waiting: T): void {
    const queue = this.#queues.get(waiting.connection);
    if (queue?.delete(waiting) === true && queue.size === 0) this.#queues.delete(waiting.connection);
  }

  #look(): boolean {
    const nowMs = this.#nowMs();
    this.#untilLook = nowMs - this.#lookedMs < QUICK_MS ? CALLS_PER_LOOK : 1;
    this.#lookedMs = nowMs;
    return nowMs - this.#startMs < SLICE_MS;
  }

  /** Immediates run when the sockets of a turn have been read; those that they ask for run in the next. */
  #mark(): void {
    if (this.#marked) return;
    this.#marked = true;
    setImmediate(this.#onTurnEnd);
  }

  /** A slice of what waits, a call of each connection in turn. */
  #work(): void {
    const endMs = this.#nowMs() + SLICE_MS;
    for (const [connection, queue] of this.#queues) {
      const [next] = queue;
      // To the end of the line; a map goes on with what is added while it is walked through.
      this.#queues.delete(connection);
      if (next === undefined) continue;
      queue.delete(next);
      if (queue.size > 0) this.#queues.set(connection, queue);
      const later = this.#begin(next);
      this.#startMs = this.#nowMs();
      if (later) this.#mark();
      if (later || this.#startMs >= endMs) break;
    }
    this.#untilLook = 1;
    if (this.#queues.size > 0) this.#mark();
  }
}
