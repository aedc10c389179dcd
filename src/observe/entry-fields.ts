import type { JsonObject, JsonValue } from '../json/value.ts';
import type { DecisionEvent, InputSource } from './decision-event.ts';
import { type Mask, shownInput } from './mask.ts';

/** The fields of an entry except its result. What builtins may repeat of a masked input is left out. */
export function fieldsOf(event: DecisionEvent, mask: Mask): JsonObject {
  const { error } = event;
  const { input, partial } = inputOf(shownInput(event, mask));
  return withoutUndefined({
    decision_id: event.decisionId,
    batch_decision_id: event.batchId,
    trace_id: event.traceId,
    bundles: Object.fromEntries(
      Object.entries(event.revisions).map(([name, revision]) => [name, { revision }]),
    ),
    path: event.entrypoint,
    input,
    requested_by: event.requestedBy,
    timestamp: new Date(event.wallMs).toISOString(),
    metrics: event.evaluationMs > 0 ? { timer_rego_query_eval_ns: Math.round(event.evaluationMs * 1e6) } : {},
    nd_builtin_cache: callsOf(event, mask),
    error: error && errorOf(error, mask),
    custom: {
      policy_set: event.policySet,
      status: event.status,
      reasons: [...event.reasons],
      cached: event.cached,
      ...(event.distrusted && { distrusted: true }),
      ...(partial !== undefined && { partial_input: partial }),
      digest: event.digest,
      api: event.api,
      ...(event.client !== undefined && { client: event.client }),
      ...(event.dryRun && { dry_run: true }),
      builtin_errors: builtinErrorsOf(event, mask),
    },
  });
}

/** What an entry says at least: nothing here comes from the input or from the policy's answer. */
export function bareFields(event: DecisionEvent, code: string): JsonObject {
  return {
    decision_id: event.decisionId,
    path: event.entrypoint,
    timestamp: new Date(event.wallMs).toISOString(),
    error: { code, message: 'this entry could not be built whole' },
    custom: { policy_set: event.policySet, status: event.status },
  };
}

/** An input that could not be built leaves a note instead; the error says why. */
function inputOf(source: InputSource): { input: JsonValue | undefined; partial?: 'parts' | 'seen' } {
  try {
    const input = source.document();
    const { extent } = source;
    return extent === 'whole' ? { input } : { input, partial: extent };
  } catch {
    return { input: undefined };
  }
}

/** Errors whose messages may quote what a builtin was called with. */
const QUOTING: ReadonlySet<string> = new Set(['evaluation_failed', 'internal']);

/** The builtin's name: messages are `name: what is wrong`. */
const sourceOf = (message: string): string => message.split(': ', 1)[0]!;

type Calls = Readonly<Record<string, JsonObject>>;

/** What went wrong, without what a builtin's message may quote of a masked input. */
export function errorOf(error: { readonly code: string; readonly message: string }, mask: Mask): JsonObject {
  const hidden = mask.hidesArguments && QUOTING.has(error.code);
  return { code: error.code, message: hidden ? sourceOf(error.message) : error.message };
}

export function builtinErrorsOf({ builtinErrors }: DecisionEvent, mask: Mask): string[] {
  return mask.hidesArguments ? builtinErrors.map(sourceOf) : [...builtinErrors];
}

export function callsOf({ nonDeterministic }: DecisionEvent, mask: Mask): JsonObject | undefined {
  const calls = nonDeterministic as Calls | undefined;
  return calls !== undefined && mask.hidesArguments ? callsWithoutArguments(calls) : calls;
}

/** Results by name and arguments as they are, but only those of calls without arguments, such as `time.now_ns`; of others the name. */
function callsWithoutArguments(calls: Calls): JsonObject {
  const names = Object.entries(calls);
  return Object.fromEntries(
    names.map(([name, { '[]': result }]) => [name, result === undefined ? {} : { '[]': result }]),
  );
}

function withoutUndefined(fields: Readonly<Record<string, JsonValue | undefined>>): JsonObject {
  const entries = Object.entries(fields).filter(
    (field): field is [string, JsonValue] => field[1] !== undefined,
  );
  return Object.fromEntries(entries);
}
