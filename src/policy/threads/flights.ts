import { hash } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import { PortcullisError, toPortcullisError } from '../../errors.ts';
import type { Effect } from '../builtins/builtin.ts';
import type { Evaluation, EvaluationTime } from '../evaluator.ts';

/** One question: an entrypoint and its input. */
export interface AskedEvaluation {
  readonly entrypoint: string;
  readonly inputJson: Uint8Array | undefined;
}

type Evaluate = (asked: AskedEvaluation, time: EvaluationTime) => Promise<Evaluation>;

/** Whoever waits for an answer. The first of a flight is the one whose time and deadline it has. */
interface Passenger {
  readonly time: EvaluationTime;
  readonly resolve: (evaluation: Evaluation) => void;
  readonly reject: (error: PortcullisError) => void;
  settled: boolean;
  timer: NodeJS.Timeout | undefined;
}

/** What another evaluation would see differently, or what belongs to one decision. */
const OF_ITS_OWN: ReadonlySet<Effect> = new Set<Effect>(['network', 'random', 'clock', 'print']);

/** Failures that say nothing of the moment: all who waited get them. */
const SHARED_FAILURES: ReadonlySet<string> = new Set([
  'overloaded',
  'internal',
  'evaluation_limit',
  'cancelled',
]);

/** Node's timers count milliseconds in 31 bits. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Evaluations under way, so that the same question is not evaluated twice at once: an input that runs long is often sent
 * many times. An answer is shared only when it holds at the other's time as well and depends on nothing that belongs to
 * one evaluation; else the others are evaluated after all. Where the last answer of an entrypoint was not shared, nobody
 * waits for another's.
 */
export class Flights {
  readonly #evaluate: Evaluate;
  readonly #clock: Clock;
  readonly #onJoin: () => void;
  readonly #flights = new Map<string, Passenger[]>();
  /** How many flights there are by the length of their input: most questions need not be hashed. */
  readonly #lengths = new Map<number, number>();
  /** Entrypoints whose last answer belonged to one evaluation. */
  readonly #unshared = new Set<string>();

  /** `onJoin` counts questions that wait for the answer of another. */
  constructor(evaluate: Evaluate, clock: Clock, onJoin: () => void) {
    this.#evaluate = evaluate;
    this.#clock = clock;
    this.#onJoin = onJoin;
  }

  /** The answer of an evaluation of this question that is under way; undefined when none is. */
  join(asked: AskedEvaluation, time: EvaluationTime): Promise<Evaluation> | undefined {
    if (!this.#lengths.has(lengthOf(asked))) return undefined;
    const flight = this.#flights.get(keyOf(asked));
    return flight && waitFor(time, (passenger) => this.#board(flight, passenger));
  }

  /** Joins an evaluation that is under way, or begins one. The input is kept until it has ended. */
  ask(asked: AskedEvaluation, time: EvaluationTime): Promise<Evaluation> {
    return waitFor(time, (passenger) => {
      if (this.#unshared.has(asked.entrypoint)) this.#alone(asked, passenger);
      else this.#take(keyOf(asked), asked, passenger);
    });
  }

  #take(key: string, asked: AskedEvaluation, passenger: Passenger): void {
    const present = this.#flights.get(key);
    if (present !== undefined) return this.#board(present, passenger);
    const flight = [passenger];
    this.#flights.set(key, flight);
    this.#count(lengthOf(asked), 1);
    const land = (settle: (to: Passenger) => boolean): void => {
      this.#flights.delete(key);
      this.#count(lengthOf(asked), -1);
      for (const to of flight) {
        if (to.settled || settle(to)) continue;
        if (this.#unshared.has(asked.entrypoint)) this.#alone(asked, to);
        else this.#take(key, asked, to);
      }
    };
    this.#evaluate(asked, passenger.time).then(
      (evaluation) => {
        this.#learn(asked, evaluation);
        land((to) => answer(to, passenger, evaluation));
      },
      (thrown) => land((to) => this.#fail(to, passenger, toPortcullisError(thrown))),
    );
  }

  /** Nobody joins. */
  #alone(asked: AskedEvaluation, passenger: Passenger): void {
    this.#evaluate(asked, passenger.time).then(
      (evaluation) => {
        this.#learn(asked, evaluation);
        passenger.resolve(evaluation);
      },
      (thrown) => passenger.reject(toPortcullisError(thrown)),
    );
  }

  #learn({ entrypoint }: AskedEvaluation, evaluation: Evaluation): void {
    if (isShareable(evaluation)) this.#unshared.delete(entrypoint);
    else this.#unshared.add(entrypoint);
  }

  #count(length: number, change: 1 | -1): void {
    const count = (this.#lengths.get(length) ?? 0) + change;
    if (count === 0) this.#lengths.delete(length);
    else this.#lengths.set(length, count);
  }

  /** A passenger may have less time than the flight. */
  #board(flight: Passenger[], passenger: Passenger): void {
    flight.push(passenger);
    if (passenger.timer !== undefined) return;
    this.#onJoin();
    const remainingMs = passenger.time.deadlineMs - this.#clock.monotonicMs();
    if (remainingMs > MAX_TIMER_MS) return;
    passenger.timer = setTimeout(() => passenger.reject(tooLate()), Math.max(0, remainingMs));
  }

  /** Whether the failure is this passenger's as well. */
  #fail(to: Passenger, first: Passenger, error: PortcullisError): boolean {
    const shared =
      to === first ||
      SHARED_FAILURES.has(error.code) ||
      (error.code === 'deadline_exceeded'
        ? this.#clock.monotonicMs() >= to.time.deadlineMs
        : to.time.wallMs === first.time.wallMs);
    if (shared) to.reject(error);
    return shared;
  }
}

function waitFor(time: EvaluationTime, begin: (passenger: Passenger) => void): Promise<Evaluation> {
  return new Promise((resolve, reject) => {
    const settle = <T>(how: (value: T) => void, value: T): void => {
      clearTimeout(passenger.timer);
      passenger.settled = true;
      how(value);
    };
    const passenger: Passenger = {
      time,
      resolve: (evaluation) => settle(resolve, evaluation),
      reject: (error) => settle(reject, error),
      settled: false,
      timer: undefined,
    };
    begin(passenger);
  });
}

/** Whether the answer is this passenger's as well. */
function answer(to: Passenger, first: Passenger, evaluation: Evaluation): boolean {
  const { validFromMs, validUntilMs } = evaluation;
  const { wallMs } = to.time;
  // An exact time never takes what was seen of a quantum.
  const holds = wallMs >= validFromMs && wallMs < validUntilMs && to.time.exactTime !== true;
  const shared = to === first || (holds && isShareable(evaluation));
  if (shared) to.resolve(evaluation);
  return shared;
}

function isShareable({ effects }: Evaluation): boolean {
  return !effects.some((effect) => OF_ITS_OWN.has(effect));
}

function lengthOf({ inputJson }: AskedEvaluation): number {
  return inputJson?.length ?? -1;
}

/** Hashed, because inputs may be large; the length keeps entrypoint and input apart. */
function keyOf({ entrypoint, inputJson }: AskedEvaluation): string {
  const input = inputJson === undefined ? '' : hash('sha256', inputJson, 'base64url');
  return `${entrypoint.length}:${entrypoint}${input}`;
}

function tooLate(): PortcullisError {
  return new PortcullisError('deadline_exceeded', 'the deadline passed during the evaluation');
}
