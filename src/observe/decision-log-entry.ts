import { toPortcullisError } from '../errors.ts';
import { parseJson } from '../json/parse.ts';
import { getPointer, type JsonPointer, maskPointers } from '../json/pointer.ts';
import type { JsonObject, JsonValue } from '../json/value.ts';
import type { DecisionEvent } from './decision-event.ts';

/** What must not reach a log: parsed pointers into an entry, such as `/input/subject/token`. */
export type Mask = readonly { readonly text: string; readonly pointer: JsonPointer }[];

/** A log entry as the text of a JSON object. */
export interface LogEntry {
  readonly text: string;
  /** False: something could not be built. Then it is left out, and `error` says why. */
  readonly complete: boolean;
}

/**
 * A decision as one log entry, in the field names of OPA's decision logs
 * (https://www.openpolicyagent.org/docs/management-decision-logs), so that existing pipelines take it. What OPA has no
 * name for stands in `custom`. Masked places are removed and named in `erased`. Never throws, whatever the event holds.
 */
export function logEntry(event: DecisionEvent, mask: Mask): LogEntry {
  try {
    return fullEntry(event, mask);
  } catch (thrown) {
    // The message may quote what the mask hides; the code does not.
    const { code } = toPortcullisError(thrown);
    return { text: JSON.stringify(bareFields(event, code)), complete: false };
  }
}

function fullEntry(event: DecisionEvent, mask: Mask): LogEntry {
  const result = resultOf(event, mask);
  const fields = { ...fieldsOf(event), ...(result.error && { error: result.error }) };
  const found = mask.filter(({ pointer }) => getPointer(fields, pointer) !== undefined);
  const pointers = found.map(({ pointer }) => pointer);
  const masked = maskPointers(fields, pointers, undefined) as JsonObject;
  const erased = [...found.map(({ text }) => text), ...result.erased];
  const text = JSON.stringify(erased.length === 0 ? masked : { ...masked, erased });
  return {
    // As text, since not every result can be parsed: Rego's {1: "x", "1": "y"} names a key twice.
    text: result.json === undefined ? text : `${text.slice(0, -1)},"result":${result.json}}`,
    complete: result.error === undefined,
  };
}

interface Result {
  readonly json: string | undefined;
  readonly erased: readonly string[];
  readonly error: JsonObject | undefined;
}

/** The result as it was written, unless the mask names a place in it; one that cannot be read to mask it is left out. */
function resultOf({ json }: DecisionEvent, mask: Mask): Result {
  const inside = mask.filter(({ pointer }) => pointer[0] === 'result');
  if (json === undefined || inside.length === 0) return { json, erased: [], error: undefined };
  try {
    const value = { result: parseJson(json) };
    const found = inside.filter(({ pointer }) => getPointer(value, pointer) !== undefined);
    const pointers = found.map(({ pointer }) => pointer);
    const { result } = maskPointers(value, pointers, undefined) as { result?: JsonValue };
    const erased = found.map(({ text }) => text);
    return { json: result === undefined ? undefined : JSON.stringify(result), erased, error: undefined };
  } catch (thrown) {
    const { code } = toPortcullisError(thrown);
    const message = 'the result cannot be read, so it cannot be masked and is left out';
    return { json: undefined, erased: ['/result'], error: { code, message } };
  }
}

function fieldsOf(event: DecisionEvent): JsonObject {
  return withoutUndefined({
    decision_id: event.decisionId,
    batch_decision_id: event.batchId,
    trace_id: event.traceId,
    bundles: Object.fromEntries(
      Object.entries(event.revisions).map(([name, revision]) => [name, { revision }]),
    ),
    path: event.entrypoint,
    ...inputOf(event),
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
}

/** What an entry says at least: nothing here comes from the input or from the policy's answer. */
function bareFields(event: DecisionEvent, code: string): JsonObject {
  return {
    decision_id: event.decisionId,
    path: event.entrypoint,
    timestamp: new Date(event.wallMs).toISOString(),
    error: { code, message: 'this entry could not be built whole' },
    custom: { policy_set: event.policySet, status: event.status },
  };
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
