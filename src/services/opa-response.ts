import type { ErrorCode, PortcullisError } from '../errors.ts';
import { parseJson } from '../json/parse.ts';
import type { HttpResponse } from '../rpc.ts';

/** OPA's codes of `v1/server/types/types.go` that we have a use for. */
type OpaCode = 'invalid_parameter' | 'resource_not_found' | 'unauthorized' | 'internal_error';

/** A decision is true for one moment only; nothing on the way may keep it. */
const JSON_HEADERS: Readonly<Record<string, string>> = {
  'content-type': 'application/json',
  'cache-control': 'no-store',
};

/** An answer in JSON text; `pretty` lays it out for people without losing a digit. `cacheStatus` is the header of RFC 9211. */
export function opaAnswer(json: string, pretty: boolean, cacheStatus: string): HttpResponse {
  const headers = { ...JSON_HEADERS, 'cache-status': cacheStatus };
  return { status: 200, headers, body: `${pretty ? laidOut(json) : json}\n` };
}

/** As it is when it nests too deeply to be laid out. */
function laidOut(json: string): string {
  try {
    return JSON.stringify(parseJson(json), null, 2);
  } catch {
    return json;
  }
}

/**
 * An error in OPA's shape, `{"code", "message", "errors"}`, with OPA's status where OPA knows the case. `errors` holds
 * our own code, which says more; `decision_id` is set when there was a decision.
 */
export function opaError(error: PortcullisError, decisionId?: string): HttpResponse {
  const code = OPA_CODES[error.code] ?? 'internal_error';
  const { http, help } = error.kind;
  const { message } = error;
  const body = { decision_id: decisionId, code, message, errors: [{ code: error.code, message: help }] };
  return { status: http, headers: JSON_HEADERS, body: `${JSON.stringify(body, null, 2)}\n` };
}

const OPA_CODES: Partial<Record<ErrorCode, OpaCode>> = {
  invalid_request: 'invalid_parameter',
  json_invalid: 'invalid_parameter',
  json_duplicate_key: 'invalid_parameter',
  json_too_deep: 'invalid_parameter',
  json_too_large: 'invalid_parameter',
  over_limit: 'invalid_parameter',
  not_found: 'resource_not_found',
  unknown_policy_set: 'resource_not_found',
  unknown_entrypoint: 'resource_not_found',
  unauthenticated: 'unauthorized',
  forbidden: 'unauthorized',
};
