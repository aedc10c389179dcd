import type { Clock } from '../clock.ts';
import type { Caller, Decider } from '../decision/decision.ts';
import type { InputLimits } from '../decision/json-view.ts';
import { PortcullisError } from '../errors.ts';
import type { CallContext } from '../rpc.ts';
import type { Authorizer, Grant } from './authorize.ts';

/** What every API that asks the policies is made from. */
export interface AskingParts {
  readonly decider: Decider;
  readonly authorize: Authorizer;
  readonly clock: Clock;
  /** The names of all configured policy sets, active or not. */
  readonly policySets: readonly string[];
  readonly inputLimits: InputLimits;
  /** No decision may take longer, whatever deadline the caller sets. */
  readonly maxDeadlineMs: number;
}

/** The earlier of the caller's deadline and the server's own, on the monotonic clock. */
export function deadlineOf({ clock, maxDeadlineMs }: AskingParts, call: CallContext): number {
  return Math.min(call.deadlineMs, clock.monotonicMs() + maxDeadlineMs);
}

/**
 * The policy set that is meant, which the caller may ask; an empty name means the only one that is configured. Throws
 * `forbidden`, in the same words for a policy set that exists and one that does not.
 */
export function choosePolicySet({ policySets }: AskingParts, grant: Grant, asked: string): string {
  const only = policySets.length === 1 ? policySets[0]! : '';
  const name = asked === '' ? only : asked;
  if (grant.mayAsk(name)) return name;
  const which = name === '' ? 'a policy set without naming it' : `policy set ${JSON.stringify(name)}`;
  throw new PortcullisError('forbidden', `The caller may not ask ${which}`);
}

/** Who asked, for the decision log. `traceparent` is what names the trace, where the call itself does not. */
export function callerOf(
  call: CallContext,
  grant: Grant,
  api: string,
  traceparent: string | undefined = call.metadata('traceparent'),
): Caller {
  const caller: { -readonly [K in keyof Caller]: Caller[K] } = { requestedBy: call.peer.address, api };
  const traceId = traceparent === undefined ? undefined : traceIdOf(traceparent);
  if (traceId !== undefined) caller.traceId = traceId;
  if (grant.client !== '') caller.client = grant.client;
  return caller;
}

/** https://www.w3.org/TR/trace-context/#traceparent-header: version, trace id, parent id, flags; ids of zeros are invalid. */
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:$|-)/;

/** The trace that a `traceparent` names; undefined where it names none. */
export function traceIdOf(traceparent: string): string | undefined {
  return TRACEPARENT.exec(traceparent)?.[1];
}
