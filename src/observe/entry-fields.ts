import type { JsonObject, JsonValue } from '../json/value.ts';
import type { DecisionEvent } from './decision-event.ts';
import type { Mask } from './mask.ts';

/** The fields of an entry except its result. What builtins may repeat of a masked input is left out. */
export function fieldsOf(event: DecisionEvent, mask: Mask): JsonObject {
  const { error } = event;
  const { input, partial } = inputOf(event);
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
    nd_builtin_cache: mask.hidesArguments ? callsWithoutArguments(event) : callsOf(event),
    error: error && {
      code: error.code,
      message: mask.hidesArguments && QUOTING.has(error.code) ? sourceOf(error.message) : error.message,
    },
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
      builtin_errors: mask.hidesArguments ? event.builtinErrors.map(sourceOf) : [...event.builtinErrors],
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
function inputOf(event: DecisionEvent): { input: JsonValue | undefined; partial?: 'parts' | 'seen' } {
  try {
    const input = event.input();
    const { extent } = event.inputSource;
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

const callsOf = (event: DecisionEvent): JsonObject | undefined => event.nonDeterministic as Calls | undefined;

/** Results by name and arguments as they are, but only those of calls without arguments, such as `time.now_ns`; of others the name. */
function callsWithoutArguments(event: DecisionEvent): JsonObject | undefined {
  if (event.nonDeterministic === undefined) return undefined;
  const names = Object.entries(event.nonDeterministic as Calls);
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
