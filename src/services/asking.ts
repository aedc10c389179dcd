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

const DASH = 0x2d;
const DIGIT_0 = 0x30;

/**
 * The trace that a `traceparent` names; undefined where it names none.
 * https://www.w3.org/TR/trace-context/#traceparent-header: version, trace id, parent id, flags; ids of zeros are invalid, and so is version ff.
 * Every line of the log asks: a pattern would make an array and three strings for each.
 */
export function traceIdOf(traceparent: string): string | undefined {
  const dashes =
    traceparent.charCodeAt(2) === DASH &&
    traceparent.charCodeAt(35) === DASH &&
    traceparent.charCodeAt(52) === DASH &&
    (traceparent.length === 55 || traceparent.charCodeAt(55) === DASH);
  if (!dashes || traceparent.startsWith('ff')) return undefined;
  const isValid =
    hexDigits(traceparent, 0, 2) >= 0 &&
    hexDigits(traceparent, 3, 35) > 0 &&
    hexDigits(traceparent, 36, 52) > 0 &&
    hexDigits(traceparent, 53, 55) >= 0;
  return isValid ? traceparent.slice(3, 35) : undefined;
}

/** 1 for lower-case hex digits, 0 when all of them are zeros, -1 for anything else. */
function hexDigits(text: string, start: number, end: number): number {
  let kind = 0;
  for (let i = start; i < end; i++) {
    const code = text.charCodeAt(i);
    if (code === DIGIT_0) continue;
    if ((code < DIGIT_0 || code > 0x39) && (code < 0x61 || code > 0x66)) return -1;
    kind = 1;
  }
  return kind;
}
