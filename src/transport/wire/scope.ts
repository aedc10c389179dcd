/** What the calls and connections of one listener share. */
import type { Clock } from '../../clock.ts';
import type { GrpcStatus } from '../grpc-status.ts';
import type { RequestAccounts } from '../request-accounts.ts';
import type { GrpcLimits } from '../transport.ts';
import type { WireCall } from './call.ts';
import type { Deadlines } from './deadlines.ts';
import type { Methods } from './request-head.ts';
import type { SlowCalls } from './slow-calls.ts';
import type { StreamTurn } from './stream-turn.ts';
import type { Turns } from './turns.ts';

export interface WireScope {
  readonly limits: GrpcLimits;
  readonly clock: Clock;
  readonly methods: Methods;
  readonly accounts: RequestAccounts;
  readonly deadlines: Deadlines;
  /** Calls that wait for their clients, to send or to read. */
  readonly slow: SlowCalls;
  /** Calls that wait for us: they begin in a later turn of the event loop. */
  readonly turns: Turns<WireCall>;
  /** Streams that wait for us between two messages. */
  readonly streamTurns: Turns<StreamTurn>;
  status(thrown: unknown): GrpcStatus;
}
