import { parseJson } from '../json/parse.ts';
import { getPointer, type JsonPointer, maskPointers } from '../json/pointer.ts';
import type { JsonObject, JsonValue } from '../json/value.ts';
import type { DecisionEvent } from './decision-event.ts';

/** What must not reach a log: parsed pointers into an entry, such as `/input/subject/token`. */
export type Mask = readonly { readonly text: string; readonly pointer: JsonPointer }[];

/**
 * A decision as one log entry, in the field names of OPA's decision logs
 * (https://www.openpolicyagent.org/docs/management-decision-logs), so that existing pipelines take it. What OPA has no
 * name for stands in `custom`. Masked places are removed and named in `erased`.
 */
export function logEntry(event: DecisionEvent, mask: Mask): JsonValue {
  const entry = withoutUndefined({
    decision_id: event.decisionId,
    batch_decision_id: event.batchId,
    trace_id: event.traceId,
    bundles: Object.fromEntries(
      Object.entries(event.revisions).map(([name, revision]) => [name, { revision }]),
    ),
    path: event.entrypoint,
    ...inputOf(event),
    result: event.json === undefined ? undefined : parseJson(event.json),
    requested_by: event.requestedBy,
    timestamp: new Date(event.wallMs).toISOString(),
    metrics: event.cached ? {} : { timer_rego_query_eval_ns: Math.round(event.evaluationMs * 1e6) },
    nd_builtin_cache: event.nonDeterministic as JsonObject | undefined,
    error: event.error && { code: event.error.code, message: event.error.message },
    custom: {
      policy_set: event.policySet,
      status: event.status,
      reasons: [...event.reasons],
      cached: event.cached,
      digest: event.digest,
      api: event.api,
      ...(event.client !== undefined && { client: event.client }),
      builtin_errors: [...event.builtinErrors],
    },
  });
  const found = mask.filter(({ pointer }) => getPointer(entry, pointer) !== undefined);
  if (found.length === 0) return entry;
  const masked = maskPointers(
    entry,
    found.map(({ pointer }) => pointer),
    undefined,
  ) as JsonObject;
  return { ...masked, erased: found.map(({ text }) => text) };
}

/** An input that could not be built leaves a note instead; the error says why. */
function inputOf(event: DecisionEvent): { input?: JsonValue | undefined } {
  try {
    return { input: event.input() };
  } catch {
    return {};
  }
}

function withoutUndefined(fields: Readonly<Record<string, JsonValue | undefined>>): JsonObject {
  const entries = Object.entries(fields).filter(
    (field): field is [string, JsonValue] => field[1] !== undefined,
  );
  return Object.fromEntries(entries);
}
