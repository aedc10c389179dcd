import type { ErrorCode, PortcullisError } from '../errors.ts';
import { parseJson } from '../json/parse.ts';
import type { JsonObject, JsonValue } from '../json/value.ts';
import type { DecisionStatus, Outcome } from './decision.ts';

const NO_REASONS: readonly string[] = [];
const plain = (status: DecisionStatus, json: string | undefined): Outcome => ({
  status,
  json,
  reasons: NO_REASONS,
  obligations: undefined,
});

const ALLOWED = plain('allowed', 'true');
const DENIED = plain('denied', 'false');
const UNDEFINED = plain('undefined', undefined);

/**
 * Reads an entrypoint's value as a decision: a boolean, or an object with a boolean `allowed`, of which `reason` (a
 * string) and `reasons` (strings) are the reasons and the rest the obligations. Everything else denies.
 */
export function interpret(json: string | undefined): Outcome {
  if (json === 'true') return ALLOWED;
  if (json === 'false') return DENIED;
  if (json === undefined) return UNDEFINED;
  const value = json.startsWith('{') ? objectOf(json) : undefined;
  const { allowed, reason, reasons, ...obligations } = value ?? {};
  if (typeof allowed !== 'boolean') return plain('not_a_decision', json);
  return {
    status: allowed ? 'allowed' : 'denied',
    json,
    reasons: [...strings(reason === undefined ? [] : [reason]), ...strings(reasons)],
    obligations: Object.keys(obligations).length === 0 ? undefined : obligations,
  };
}

/** Undefined for an object too deep to be read: its value can be evaluated, but is no decision. */
function objectOf(json: string): JsonObject | undefined {
  try {
    return parseJson(json) as JsonObject;
  } catch {
    return undefined;
  }
}

const strings = (value: JsonValue | undefined): string[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];

/**
 * The denial that stands for an error. It is never cached. The caller is told what is wrong with the question; what goes
 * wrong inside is for the log.
 */
export function failed(error: PortcullisError): Outcome {
  const status = STATUS_OF_CODE[error.code] ?? 'evaluation_failed';
  return { ...plain(status, undefined), reasons: CALLERS_FAULT.has(status) ? [error.message] : NO_REASONS };
}

const CALLERS_FAULT: ReadonlySet<DecisionStatus> = new Set<DecisionStatus>([
  'input_invalid',
  'input_too_large',
  'unknown_policy_set',
  'unknown_entrypoint',
]);

const STATUS_OF_CODE: Partial<Record<ErrorCode, DecisionStatus>> = {
  json_invalid: 'input_invalid',
  json_duplicate_key: 'input_invalid',
  json_number_too_large: 'input_invalid',
  invalid_request: 'input_invalid',
  path_ambiguous: 'input_invalid',
  header_ambiguous: 'input_invalid',
  obligations_invalid: 'not_a_decision',
  json_too_deep: 'input_too_large',
  json_too_large: 'input_too_large',
  over_limit: 'input_too_large',
  deadline_exceeded: 'timeout',
  cancelled: 'cancelled',
  not_ready: 'not_ready',
  unknown_policy_set: 'unknown_policy_set',
  unknown_entrypoint: 'unknown_entrypoint',
};
