import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromBinary } from '@bufbuild/protobuf';
import * as fc from 'fast-check';
import { headersNamed } from '../../../../test/support/check-answers.ts';
import { decisionOf } from '../../../../test/support/services.ts';
import type { Decision, DecisionStatus } from '../../../decision/decision.ts';
import { PortcullisError } from '../../../errors.ts';
import type { HeaderValueOption } from '../../../gen/envoy/config/core/v3/base_pb.ts';
import {
  type CheckResponse,
  CheckResponseSchema,
  type OkHttpResponse,
} from '../../../gen/envoy/service/auth/v3/external_auth_pb.ts';
import { parseJson } from '../../../json/parse.ts';
import type { JsonObject } from '../../../json/value.ts';
import { type AnswerOptions, writeCheckResponse } from './check-response.ts';
import { type HeaderPlace, nameProblem, valueProblem } from './header-rules.ts';

/** Few names, in many spellings, so that they meet. */
const names = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.constantFrom(
      'x-user',
      'X-User',
      'x_user',
      'x-org-id',
      'x_org-id',
      'set-cookie',
      'cookie',
      'x-a',
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(':path', 'host', 'content-length', 'x-envoy-internal', '', 'x y', '__proto__'),
  },
  { weight: 1, arbitrary: fc.string({ maxLength: 4 }) },
);
const texts = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('a', 'b c', ' d ', '', '  ', 'é') },
  { weight: 1, arbitrary: fc.constantFrom('a\r\nb', '\0', '\x7f', '&', '%zz') },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 4 }) },
);
const actions = fc.constantFrom(
  'overwrite',
  'append',
  'add_if_absent',
  'overwrite_if_exists',
  'replace',
  null,
);
const value = fc.oneof(
  { weight: 5, arbitrary: texts },
  { weight: 3, arbitrary: fc.record({ value: texts, action: actions }, { requiredKeys: ['value'] }) },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) },
);
const header = fc.oneof(value, fc.array(value, { maxLength: 3 }));
const headerObject = fc.dictionary(names, header, { maxKeys: 4 });
const headers = fc.oneof(headerObject, fc.array(headerObject, { maxLength: 3 }));
const wild = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 12, arbitrary }, { weight: 1, arbitrary: fc.jsonValue() });

const obligations: fc.Arbitrary<JsonObject> = fc
  .record(
    {
      headers: wild(headers),
      response_headers_to_add: wild(headers),
      request_headers_to_remove: wild(fc.array(names, { maxLength: 3 })),
      query_parameters_to_set: wild(
        fc.dictionary(names, fc.oneof(texts, fc.array(texts, { maxLength: 2 })), { maxKeys: 2 }),
      ),
      query_parameters_to_remove: wild(fc.array(texts, { maxLength: 2 })),
      dynamic_metadata: wild(
        fc.dictionary(fc.constantFrom('decision_id', 'portcullis', 'a', '__proto__'), fc.jsonValue()),
      ),
      body: wild(texts),
      http_status: wild(fc.constantFrom(200, 204, 403, 429, 99, 418)),
      [' other']: fc.jsonValue(),
    },
    { requiredKeys: [] },
  )
  // As the engine reads them: without prototypes.
  .map((object) => parseJson(JSON.stringify(object)) as JsonObject);

const statuses: fc.Arbitrary<DecisionStatus> = fc.constantFrom('allowed', 'denied', 'undefined', 'timeout');
const decisions: fc.Arbitrary<Decision> = fc
  .record({
    status: statuses,
    obligations,
    cached: fc.boolean(),
    allowed: fc.boolean(),
    coherent: fc.boolean(),
  })
  .map(({ status, allowed, coherent, ...rest }) =>
    decisionOf({ status, allowed: coherent ? status === 'allowed' : allowed, ...rest }),
  );
const options: fc.Arbitrary<AnswerOptions> = fc.record({
  dryRun: fc.boolean(),
  onError: fc.constantFrom('deny', 'error'),
  errorStatus: fc.constantFrom(403, 503),
  identityHeaders: fc.subarray(['x-user', 'x-org-id', 'x-tenant']),
});
const requestNames = fc.subarray([
  ':path',
  'x-user',
  'x_user',
  'x-org-id',
  'x_org-id',
  'x-org_id',
  'x-a',
  'accept',
]);

/** Twice, so that what is kept from the first answer is met; undefined where the obligations are refused. */
function answer(
  decision: Decision,
  held: readonly string[],
  given: AnswerOptions,
): CheckResponse | undefined {
  try {
    const first = writeCheckResponse(decision, headersNamed(), given);
    const bytes = writeCheckResponse(decision, headersNamed(held), given);
    assert.ok(first.length > 0 && bytes.length > 0);
    return fromBinary(CheckResponseSchema, bytes);
  } catch (thrown) {
    assert.ok(thrown instanceof PortcullisError, String(thrown));
    assert.equal(thrown.code, 'obligations_invalid');
    return undefined;
  }
}

function assertHeaders(list: readonly HeaderValueOption[], place: HeaderPlace): void {
  for (const { header, append, appendAction, keepEmptyValue } of list) {
    assert.ok(header !== undefined && header.rawValue.length === 0 && !keepEmptyValue);
    assert.equal(header.key, header.key.toLowerCase());
    assert.equal(nameProblem(header.key, place), undefined, header.key);
    assert.equal(valueProblem(header.value), undefined, header.value);
    assert.notEqual(header.value.trim(), '', 'no empty values');
    if (append === true) assert.equal(appendAction, 0);
    if (append === false) assert.equal(appendAction, 2);
    if (append === undefined) assert.notEqual(appendAction, 2);
  }
}

/** What Envoy 1.40 makes of the request's headers: name to how it came to be. */
function appliedByEnvoy(
  { headers: mutations, headersToRemove }: OkHttpResponse,
  held: readonly string[],
): Map<string, string> {
  const request = new Map(held.map((name) => [name, 'client']));
  for (const { header, append } of mutations) {
    if (append !== true) request.set(header!.key, 'policy');
  }
  for (const { header, append } of mutations) {
    // Envoy appends to what is there, and drops the value where nothing is.
    if (append === true) assert.ok(request.has(header!.key), `${header!.key} would be lost`);
  }
  for (const name of headersToRemove) request.delete(name);
  return request;
}

function assertIdentities(
  response: OkHttpResponse,
  held: readonly string[],
  identityHeaders: readonly string[],
): void {
  const request = appliedByEnvoy(response, held);
  for (const name of identityHeaders) {
    assert.notEqual(request.get(name), 'client', `${name} is the client's own`);
    const own = response.headers.filter(({ header }) => header?.key === name);
    const removed = response.headersToRemove.includes(name);
    assert.ok(
      removed || own.filter(({ append }) => append === false).length === 1,
      `${name} is set once or removed`,
    );
    assert.ok(
      own.every(({ append }, index) => append === index > 0),
      `${name} overwrites first`,
    );
  }
  const guarded = [...identityHeaders, ...response.headers.map(({ header }) => header!.key)];
  for (const [name, from] of request) {
    const twin = guarded.find(
      (other) => other !== name && other.replaceAll('_', '-') === name.replaceAll('_', '-'),
    );
    assert.ok(
      from === 'policy' || twin === undefined || guarded.includes(name),
      `${name} is a twin of ${twin}`,
    );
  }
  assert.equal(new Set(response.headersToRemove).size, response.headersToRemove.length);
}

test('whatever a policy asks for: refused, or an answer that Envoy can carry out and that allows only what is allowed', () => {
  let answered = 0;
  fc.assert(
    fc.property(decisions, requestNames, options, (decision, held, given) => {
      const response = answer(decision, held, given);
      if (response === undefined) return;
      answered++;
      const { httpResponse, status, dynamicMetadata } = response;
      const allowed = decision.allowed && decision.status === 'allowed';
      assert.ok(status !== undefined && status.message === decision.status);
      assert.equal(status.code === 0, allowed || given.dryRun);
      assert.equal(httpResponse.case === 'okResponse', status.code === 0);
      assert.ok(dynamicMetadata !== undefined);
      assert.equal(dynamicMetadata['decision_id'], decision.id);
      assert.deepEqual((dynamicMetadata['portcullis'] as JsonObject)['status'], decision.status);
      if (httpResponse.case === 'okResponse') {
        assertHeaders(httpResponse.value.headers, 'request');
        assertHeaders(httpResponse.value.responseHeadersToAdd, 'response');
        for (const name of httpResponse.value.headersToRemove)
          assert.equal(nameProblem(name, 'removal'), undefined);
        for (const { key, value: set } of httpResponse.value.queryParametersToSet) {
          assert.doesNotMatch(`${key}${set}`, /[^!-~]|[&#;]/);
        }
        assertIdentities(httpResponse.value, held, given.identityHeaders);
        if (!allowed) assert.deepEqual(httpResponse.value.headers, []);
      } else {
        assert.ok(httpResponse.case !== undefined);
        assertHeaders(httpResponse.value.headers, 'denial');
        if (decision.status !== 'denied' && decision.status !== 'allowed') {
          assert.deepEqual([httpResponse.value.headers, httpResponse.value.body], [[], '']);
        }
        assert.equal(
          httpResponse.case === 'errorResponse',
          decision.status === 'timeout' && given.onError === 'error',
        );
      }
    }),
    { numRuns: 1_000 },
  );
  assert.ok(answered > 150, `${answered} were answered: the others are refused for too much`);
});

test('an answer from what is kept equals one made anew', () => {
  const few: fc.Arbitrary<Decision[]> = fc
    .tuple(decisions, decisions, decisions)
    .map((list) => list.concat(list));
  fc.assert(
    fc.property(few, requestNames, options, (list, held, given) => {
      for (const decision of list) {
        const anew = answer(decision, held, { ...given, identityHeaders: [...given.identityHeaders] });
        assert.deepEqual(answer(decision, held, given), anew);
      }
    }),
    { numRuns: 300 },
  );
});
