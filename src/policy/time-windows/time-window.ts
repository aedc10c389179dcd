const NS_PER_MS = 1_000_000n;

/** Windows end here at the latest: callers' caches keep answers shorter. */
const HORIZON_MS = 24 * 60 * 60 * 1000;

/** How long an evaluation holds cannot be told: a signal inside the derivation of a window, no failure of the policy. */
export class NoTimeWindow extends Error {
  override readonly name = 'NoTimeWindow';
}

/**
 * The span around the time of one evaluation in which everything comes out as it did, in whole milliseconds: [fromMs, untilMs).
 * It begins as a day in both directions and only ever becomes shorter.
 */
export class TimeWindow {
  #nowNs: bigint | undefined;
  #nowMs = 0;
  #fromMs = Number.NEGATIVE_INFINITY;
  #untilMs = Number.POSITIVE_INFINITY;

  /** Forgets the evaluation before. */
  reset(): void {
    this.#nowNs = undefined;
  }

  /** The time of the evaluation, when it is first asked for. */
  open(nowNs: bigint): void {
    if (this.#nowNs === nowNs) return;
    this.#nowNs = nowNs;
    this.#nowMs = Number((nowNs - modulo(nowNs, NS_PER_MS)) / NS_PER_MS);
    this.#fromMs = this.#nowMs - HORIZON_MS;
    this.#untilMs = this.#nowMs + HORIZON_MS;
  }

  /** Whether the time was asked for. */
  get isOpen(): boolean {
    return this.#nowNs !== undefined;
  }

  get nowNs(): bigint {
    if (this.#nowNs === undefined) throw new NoTimeWindow('nothing has asked for the time');
    return this.#nowNs;
  }

  get fromMs(): number {
    return this.#fromMs;
  }

  get untilMs(): number {
    return this.#untilMs;
  }

  /** The first and the last nanosecond of the window as it is now. */
  get ends(): readonly [firstNs: bigint, lastNs: bigint] {
    return [firstOf(this.#fromMs), lastBefore(this.#untilMs)];
  }

  /**
   * Shortens the window to where `outcome` is what it is now. The outcomes must follow one another as those of a value that
   * only rises or only falls with the time: what is alike at two times is so at all times between. `guessMs` says about when
   * it changes, which spares most of the search. Throws NoTimeWindow where that is less than the millisecond around now.
   */
  keep(outcome: (ns: bigint) => number | boolean, guessMs: () => readonly number[]): void {
    const now = outcome(this.nowNs);
    const holdsFrom = (ms: number): boolean => outcome(firstOf(ms)) === now;
    const holdsUntil = (ms: number): boolean => outcome(lastBefore(ms)) === now;
    const [isFirst, isLast] = [holdsFrom(this.#fromMs), holdsUntil(this.#untilMs)];
    if (isFirst && isLast) return;
    const probes = guessMs().flatMap((ms) => PROBES_MS.map((offset) => Math.round(ms) + offset));
    if (!isFirst) this.#fromMs = edge(this.#fromMs, this.#nowMs, holdsFrom, probes);
    if (!isLast) this.#untilMs = edge(this.#untilMs, this.#nowMs + 1, holdsUntil, probes);
  }

  /** About when a value is this one, by its values at the ends of the window. */
  guessMs(valueAt: (ns: bigint) => number, value: number): number {
    const [first, last] = this.ends.map(valueAt) as [number, number];
    return this.#fromMs + ((value - first) / (last - first)) * (this.#untilMs - this.#fromMs);
  }
}

/** Around a guess: the change itself, and where times are rounded to seconds. */
const PROBES_MS = [1, -1, 1001, -1001];

/** The last whole millisecond from `inside` towards `outside` for which it holds, as it does not for `outside`. */
function edge(
  outside: number,
  inside: number,
  holds: (ms: number) => boolean,
  probes: readonly number[],
): number {
  if (!holds(inside)) throw new NoTimeWindow('it changes within this millisecond');
  let [no, yes] = [outside, inside];
  const probe = (ms: number): void => {
    if (holds(ms)) yes = ms;
    else no = ms;
  };
  for (const ms of probes) if ((no < ms && ms < yes) || (yes < ms && ms < no)) probe(ms);
  while (Math.abs(yes - no) > 1) probe(Math.floor((no + yes) / 2));
  return yes;
}

function firstOf(ms: number): bigint {
  return BigInt(ms) * NS_PER_MS;
}

function lastBefore(ms: number): bigint {
  return BigInt(ms) * NS_PER_MS - 1n;
}

function modulo(value: bigint, by: bigint): bigint {
  const remainder = value % by;
  return remainder < 0n ? remainder + by : remainder;
}
