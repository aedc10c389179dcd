import assert from 'node:assert/strict';
import { fromBinary } from '@bufbuild/protobuf';
import type { Decision } from '../../src/decision/decision.ts';
import type { HeaderValueOption } from '../../src/gen/envoy/config/core/v3/base_pb.ts';
import {
  type CheckResponse,
  CheckResponseSchema,
} from '../../src/gen/envoy/service/auth/v3/external_auth_pb.ts';
import {
  type AnswerOptions,
  type RequestHeaders,
  writeCheckResponse,
} from '../../src/services/ext-authz/answer/check-response.ts';
import { decisionOf } from './services.ts';

/** Answers to Envoy's checks, written and read again in shapes that tables are readable in. */

export const OPTIONS: AnswerOptions = {
  dryRun: false,
  onError: 'deny',
  errorStatus: 503,
  identityHeaders: [],
};
export const headersNamed = (names: readonly string[] = []): RequestHeaders => ({ headerNames: () => names });
export const read = (bytes: Uint8Array): CheckResponse => fromBinary(CheckResponseSchema, bytes);

export function answer(
  overrides: Partial<Decision>,
  options: Partial<AnswerOptions> = {},
  requestHeaderNames: readonly string[] = [],
): CheckResponse {
  const given = Object.keys(options).length === 0 ? OPTIONS : { ...OPTIONS, ...options };
  return read(writeCheckResponse(decisionOf(overrides), headersNamed(requestHeaderNames), given));
}

/** `name=value append/append_action`, with `-` where `append` is not set. */
const shown = (headers: readonly HeaderValueOption[]): string[] =>
  headers.map(
    ({ header, append, appendAction }) => `${header?.key}=${header?.value} ${append ?? '-'}/${appendAction}`,
  );

/** What an allow asks of Envoy; fails for anything else. */
export function ok({ httpResponse, status }: CheckResponse): Record<string, unknown> {
  assert.equal(status?.code, 0);
  assert.ok(httpResponse.case === 'okResponse');
  const { headers, headersToRemove, responseHeadersToAdd, queryParametersToSet, queryParametersToRemove } =
    httpResponse.value;
  assert.equal(httpResponse.value.dynamicMetadata, undefined);
  return {
    headers: shown(headers),
    remove: headersToRemove,
    response: shown(responseHeadersToAdd),
    query: queryParametersToSet.map(({ key, value }) => `${key}=${value}`),
    queryRemove: queryParametersToRemove,
  };
}
/** An ok_response that changes nothing. */
export const NOTHING: Readonly<Record<string, unknown>> = {
  headers: [],
  remove: [],
  response: [],
  query: [],
  queryRemove: [],
};

/** What a denial tells Envoy; fails for anything else. */
export function denied({ httpResponse, status }: CheckResponse): Record<string, unknown> {
  assert.ok(httpResponse.case === 'deniedResponse');
  const { headers, body } = httpResponse.value;
  return {
    code: status?.code,
    message: status?.message,
    http: httpResponse.value.status?.code,
    headers: shown(headers),
    body,
  };
}
