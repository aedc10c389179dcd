/** A connection without its socket, and books of what it leaves behind. */
import type { Clock } from '../../src/clock.ts';
import { PortcullisError } from '../../src/errors.ts';
import type { RpcMethod } from '../../src/rpc.ts';
import { statusOf } from '../../src/transport/grpc-status.ts';
import { RequestAccounts } from '../../src/transport/request-accounts.ts';
import { GRPC_LIMITS } from '../../src/transport/transport.ts';
import type { WireCall } from '../../src/transport/wire/call.ts';
import { WireConnection } from '../../src/transport/wire/connection.ts';
import { Deadlines, type Expiring } from '../../src/transport/wire/deadlines.ts';
import { beginWaiting } from '../../src/transport/wire/handlers.ts';
import type { WireScope } from '../../src/transport/wire/scope.ts';
import { type Slow, SlowCalls } from '../../src/transport/wire/slow-calls.ts';
import type { StreamTurn } from '../../src/transport/wire/stream-turn.ts';
import { Turns, type Waiting } from '../../src/transport/wire/turns.ts';
import { FUZZ_PATHS } from './fuzz-conversation.ts';

class BookedDeadlines extends Deadlines {
  readonly booked: Set<Expiring> = new Set();

  override add(expiring: Expiring): void {
    this.booked.add(expiring);
    super.add(expiring);
  }

  override remove(expiring: Expiring): void {
    this.booked.delete(expiring);
    super.remove(expiring);
  }
}

class BookedSlowCalls extends SlowCalls {
  readonly booked: Set<Slow> = new Set();

  override add(call: Slow, nowMs: number): void {
    this.booked.add(call);
    super.add(call, nowMs);
  }

  override remove(call: Slow): void {
    this.booked.delete(call);
    super.remove(call);
  }
}

class BookedTurns<T extends Waiting> extends Turns<T> {
  readonly booked: Set<T> = new Set();

  override add(waiting: T): void {
    this.booked.add(waiting);
    super.add(waiting);
  }

  override remove(waiting: T): void {
    this.booked.delete(waiting);
    super.remove(waiting);
  }
}

export interface FuzzSubject {
  readonly errors: PortcullisError[];
  readonly deadlines: BookedDeadlines;
  readonly slow: BookedSlowCalls;
  /** How long handlers keep the event loop. */
  busyMs: number;
  /** How many calls have waited for their turn. */
  waited: number;
  /** How often streams have waited for their next message's. */
  streamsWaited: number;
  /** Moves the clock, and does what timers would. */
  pass(ms: number): void;
  connect(onWake: () => void, onEnd: () => void): WireConnection;
  /** Everything that should be nothing once no connection is left; undefined when it is. */
  leftBehind(connection: WireConnection): string | undefined;
  close(): void;
}

const LIMITS = { ...GRPC_LIMITS, maxConcurrentStreams: 12, maxHeaderBytes: 8192, requestTimeoutMs: 5000 };

export function fuzzSubject(): FuzzSubject {
  const errors: PortcullisError[] = [];
  let nowMs = 1000;
  const now = (): number => nowMs;
  const clock: Clock = { wallMs: now, monotonicMs: now };
  const deadlines = new BookedDeadlines(now);
  const slow = new BookedSlowCalls(LIMITS.requestTimeoutMs, now);
  const accounts = new RequestAccounts(LIMITS);
  const turns = new BookedTurns<WireCall>(now, (call) => {
    turns.booked.delete(call);
    subject.waited++;
    return beginWaiting(call);
  });
  const streamTurns = new BookedTurns<StreamTurn>(now, (stream) => {
    streamTurns.booked.delete(stream);
    subject.streamsWaited++;
    return stream.begin();
  });
  const scope: WireScope = {
    limits: LIMITS,
    clock,
    methods: new Map(fuzzMethods(() => (nowMs += subject.busyMs)).map((method) => [method.path, method])),
    accounts,
    deadlines,
    slow,
    turns,
    streamTurns,
    status: (thrown) => statusOf(thrown, (error) => errors.push(error)),
  };
  const subject: FuzzSubject = {
    errors,
    deadlines,
    slow,
    busyMs: 0,
    waited: 0,
    streamsWaited: 0,
    pass: (ms) => {
      nowMs += ms;
      deadlines.expire();
      slow.sweep();
    },
    connect: (onWake, onEnd) =>
      new WireConnection(scope, { address: '127.0.0.1:1', local: true }, { wake: onWake, end: onEnd }),
    leftBehind: ({ calls, holdings: { account } }) => {
      const left = [
        calls.size,
        account.heldBytes,
        accounts.heldBytes,
        deadlines.booked.size,
        slow.booked.size,
        turns.booked.size,
        streamTurns.booked.size,
      ];
      return left.every((count) => count === 0)
        ? undefined
        : `calls, bytes of the connection, of all, deadlines, slow calls, waiting calls, waiting streams: ${left.join(', ')}`;
    },
    close: () => {
      deadlines.close();
      slow.close();
    },
  };
  return subject;
}

/** Each answers with what it was asked, and with nothing else; `work` is done for each message. */
export function fuzzMethods(work: () => void = () => {}): readonly RpcMethod[] {
  const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return [
    {
      path: FUZZ_PATHS.now,
      kind: 'unary',
      handler: (request) => {
        work();
        return Uint8Array.from(request);
      },
    },
    {
      path: FUZZ_PATHS.later,
      kind: 'unary',
      handler: async (request) => {
        work();
        const answer = Uint8Array.from(request);
        await tick();
        return answer;
      },
    },
    {
      path: FUZZ_PATHS.pieces,
      kind: 'server-stream',
      handler: async function* (request) {
        const answer = Uint8Array.from(request);
        for (let at = 0; at < answer.length; at += 700) {
          work();
          yield answer.subarray(at, at + 700);
          if (at % 1400 === 0) await tick();
        }
      },
    },
    {
      path: FUZZ_PATHS.both,
      kind: 'bidi',
      handler: async function* (requests) {
        for await (const request of requests) {
          work();
          yield Uint8Array.from(request);
        }
      },
    },
    {
      path: FUZZ_PATHS.never,
      kind: 'unary',
      handler: (_, call) =>
        new Promise((_resolve, reject) => {
          call.signal.addEventListener('abort', () => reject(new PortcullisError('cancelled', 'gone')));
        }),
    },
  ];
}
