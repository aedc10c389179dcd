/** A connection without its socket, with methods and a clock of the test's own. */
import type { Clock } from '../../src/clock.ts';
import type { PortcullisError } from '../../src/errors.ts';
import type { RpcMethod } from '../../src/rpc.ts';
import { statusOf } from '../../src/transport/grpc-status.ts';
import { RequestAccounts } from '../../src/transport/request-accounts.ts';
import { GRPC_LIMITS, type GrpcLimits } from '../../src/transport/transport.ts';
import { WireConnection } from '../../src/transport/wire/connection.ts';
import { Deadlines } from '../../src/transport/wire/deadlines.ts';
import { beginWaiting } from '../../src/transport/wire/handlers.ts';
import type { WireScope } from '../../src/transport/wire/scope.ts';
import { SlowCalls } from '../../src/transport/wire/slow-calls.ts';
import { Turns } from '../../src/transport/wire/turns.ts';
import * as h2 from './frames.ts';

export interface BareServer {
  readonly scope: WireScope;
  readonly errors: PortcullisError[];
  nowMs: number;
  /** `opening` is the first read: the preface and empty SETTINGS. */
  connect(opening?: Buffer): BareConnection;
}

export interface BareConnection {
  readonly connection: WireConnection;
  /** All that was answered so far. */
  readonly frames: h2.Frame[];
  /** Whether the socket was asked to close. */
  ended: boolean;
  /** One read of a socket. */
  send(...bytes: readonly Uint8Array[]): void;
  /** Lets handlers go on, and takes what they answer. */
  turn(): Promise<void>;
}

export function bareServer(methods: readonly RpcMethod[], limits: Partial<GrpcLimits> = {}): BareServer {
  const all = { ...GRPC_LIMITS, ...limits };
  const errors: PortcullisError[] = [];
  const now = (): number => server.nowMs;
  const clock: Clock = { wallMs: now, monotonicMs: now };
  const slow = new SlowCalls(all.requestTimeoutMs, now);
  // The tests pass the time themselves.
  slow.close();
  const scope: WireScope = {
    limits: all,
    clock,
    methods: new Map(methods.map((method) => [method.path, method])),
    accounts: new RequestAccounts(all),
    deadlines: new Deadlines(now),
    slow,
    turns: new Turns(now, beginWaiting),
    streamTurns: new Turns(now, (stream) => stream.begin()),
    status: (thrown) => statusOf(thrown, (error) => errors.push(error)),
  };
  const server: BareServer = { scope, errors, nowMs: 1000, connect: (opening) => connect(scope, opening) };
  return server;
}

function connect(
  scope: WireScope,
  opening: Buffer = Buffer.concat([h2.PREFACE, h2.settings()]),
): BareConnection {
  const connection = new WireConnection(
    scope,
    { address: '127.0.0.1:1', local: true },
    { wake: () => {}, end: () => (bare.ended = true) },
  );
  const bare: BareConnection = {
    connection,
    frames: [],
    ended: false,
    send: (...bytes) => {
      const whole = Buffer.concat(bytes);
      // A read has its own memory, as those of sockets have.
      const read = Buffer.allocUnsafeSlow(whole.length);
      whole.copy(read);
      connection.receive(read);
      take();
    },
    turn: async () => {
      await new Promise(setImmediate);
      take();
    },
  };
  const take = (): void => {
    const { sending } = connection;
    while (sending.out.length > 0) {
      sending.out.flush((bytes) => {
        bare.frames.push(...h2.parseFrames(Buffer.from(bytes)).frames);
        return true;
      });
      sending.resume();
    }
  };
  bare.send(opening);
  return bare;
}
