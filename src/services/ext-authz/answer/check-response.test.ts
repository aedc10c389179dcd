import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import {
  answer,
  denied,
  headersNamed,
  NOTHING,
  OPTIONS,
  ok,
  read,
} from '../../../../test/support/check-answers.ts';
import { decisionOf } from '../../../../test/support/services.ts';
import type { Decision, DecisionStatus } from '../../../decision/decision.ts';
import { type ErrorCode, PortcullisError } from '../../../errors.ts';
import type { JsonObject } from '../../../json/value.ts';
import { writeCheckResponse, writeRefusal } from './check-response.ts';

test('an allow says so: a status and an ok_response, never an empty message', () => {
  const bytes = writeCheckResponse(decisionOf(), headersNamed(), OPTIONS);
  assert.equal(bytes[0], 0x0a, 'the status is on the wire');
  assert.equal(read(bytes).status?.message, 'allowed');
  assert.deepEqual(ok(read(bytes)), NOTHING);
});

const ALLOWED: JsonObject = {
  headers: { 'X-User': 'alice', 'x-roles': ['a', 'b'] },
  request_headers_to_remove: ['Authorization'],
  response_headers_to_add: { 'x-policy': ['p', 'q'], 'set-cookie': ['a=1', 'b=2'] },
  query_parameters_to_set: { tenant: ['t1', 't2'], v: '1' },
  query_parameters_to_remove: ['debug'],
  body: 'not of an allow',
  http_status: 500,
};

test('every obligation of an allow', () => {
  assert.deepEqual(ok(answer({ obligations: ALLOWED })), {
    headers: ['x-user=alice false/2', 'x-roles=a false/2', 'x-roles=b true/0'],
    remove: ['authorization', 'x_user', 'x_roles'],
    response: ['x-policy=p, q false/2', 'set-cookie=a=1 -/0', 'set-cookie=b=2 -/0'],
    query: ['tenant=t1', 'tenant=t2', 'v=1'],
    queryRemove: ['debug'],
  });
});

test("every obligation of a denial, and nothing of the policy's but these", () => {
  const obligations = {
    headers: {
      'content-type': 'application/json',
      'www-authenticate': ['A', 'B'],
      'set-cookie': 'a=1',
      'x-e': '',
    },
    body: '{"error":"é"}',
    http_status: 401,
    secret: 's',
  };
  assert.deepEqual(denied(answer({ status: 'denied', obligations, reasons: ['no role'] })), {
    code: 7,
    message: 'denied',
    http: 401,
    headers: [
      'content-type=application/json false/2',
      'www-authenticate=A false/2',
      'www-authenticate=B -/0',
      'set-cookie=a=1 -/0',
    ],
    body: '{"error":"é"}',
  });
});

const STATUSES: readonly (readonly [status: DecisionStatus, http: number, isFailure: boolean])[] = [
  ['denied', 403, false],
  ['undefined', 403, false],
  ['not_a_decision', 403, false],
  ['input_invalid', 400, false],
  ['input_too_large', 413, false],
  ['evaluation_failed', 503, true],
  ['timeout', 503, true],
  ['not_ready', 503, true],
  ['unknown_policy_set', 403, false],
  ['unknown_entrypoint', 403, false],
  ['cancelled', 503, true],
];

test('every status that does not allow is a denial; failures are errors where the operator says so', () => {
  for (const [status, http, isFailure] of STATUSES) {
    const expected = { code: 7, message: status, http, headers: [], body: '' };
    const failure = new PortcullisError('internal', 'a secret path');
    for (const overrides of [{ status }, { status, failure, reasons: ['a secret'] }]) {
      assert.deepEqual(denied(answer(overrides)), expected);
      const response = answer(overrides, { onError: 'error' });
      if (!isFailure) {
        assert.deepEqual(denied(response), expected);
        continue;
      }
      assert.deepEqual([response.status?.code, response.status?.message], [7, status]);
      assert.ok(response.httpResponse.case === 'errorResponse', status);
      const { status: ownStatus, headers, body } = response.httpResponse.value;
      assert.deepEqual([ownStatus, headers, body], [undefined, [], ''], "the filter's status_on_error holds");
    }
  }
});

test('what contradicts itself is a denial', () => {
  for (const overrides of [
    { allowed: false, status: 'allowed' },
    { allowed: true, status: 'denied' },
    { allowed: true, status: 'timeout' },
  ] as const) {
    for (let times = 0; times < 2; times++) assert.equal(denied(answer(overrides)).code, 7);
  }
  const { provenance } = decisionOf();
  for (const allowed of [true, false, true]) {
    const bytes = writeCheckResponse(
      decisionOf({ allowed, status: 'allowed', provenance }),
      headersNamed(),
      OPTIONS,
    );
    assert.equal(read(bytes).status?.code, allowed ? 0 : 7);
  }
});

test('a dry run lets everything through, without identities, and keeps what would have been', () => {
  for (const [status] of STATUSES) {
    const obligations = { headers: { 'x-user': 'a', 'x-b': 'c' }, body: 'no', dynamic_metadata: { k: 'v' } };
    const response = answer(
      { status, obligations, reasons: ['r'] },
      { dryRun: true, onError: 'error', identityHeaders: ['x-user'] },
      ['x_user', 'x_b'],
    );
    assert.equal(response.status?.message, status);
    assert.deepEqual(ok(response), { ...NOTHING, remove: ['x-user', 'x_user'] });
    const { k, portcullis } = response.dynamicMetadata ?? {};
    assert.deepEqual([k, (portcullis as JsonObject)['status']], ['v', status]);
  }
  assert.deepEqual(
    ok(answer({ obligations: ALLOWED }, { dryRun: true })),
    ok(answer({ obligations: ALLOWED })),
  );
});

test("metadata: the policy's, the decision's id and ours, which no policy can replace", () => {
  const { id, provenance } = decisionOf();
  const ours = { policy_set: provenance.policySet, entrypoint: provenance.entrypoint };
  assert.deepEqual(answer({}).dynamicMetadata, {
    decision_id: id,
    portcullis: { status: 'allowed', cached: false, ...ours },
  });
  const dynamic_metadata = {
    decision_id: 'x',
    portcullis: { status: 'x' },
    user: 'é',
    n: [1, null, { b: true }],
  };
  const reasons = ['one', 'zwei ü'];
  for (const cached of [false, true, true]) {
    assert.deepEqual(
      answer({ status: 'denied', obligations: { dynamic_metadata }, reasons, cached }).dynamicMetadata,
      {
        decision_id: id,
        user: 'é',
        n: [1, null, { b: true }],
        portcullis: { status: 'denied', cached, reasons, ...ours },
      },
    );
  }
  const failure = new PortcullisError('evaluation_limit', 'of a secret rule');
  assert.deepEqual(answer({ status: 'evaluation_failed', failure }).dynamicMetadata, {
    decision_id: id,
    portcullis: { status: 'evaluation_failed', cached: false, ...ours, code: 'evaluation_limit' },
  });
});

test('what is kept of one answer is not taken for another', () => {
  const { provenance } = decisionOf();
  const obligations = { dynamic_metadata: { portcullis: 'x' } };
  const reasons = ['r'];
  const variants: readonly Partial<Decision>[] = [
    { status: 'allowed' },
    { status: 'denied' },
    { status: 'denied', reasons: ['other'] },
    { status: 'denied', provenance: { ...provenance, entrypoint: 'other' } },
    { status: 'denied', id: 'é'.repeat(100) },
    { status: 'denied', id: 'x'.repeat(20_000) },
    { status: 'denied', obligations: undefined },
    { status: 'denied', cached: false },
    { status: 'allowed', allowed: false },
  ];
  for (const variant of [...variants, ...variants]) {
    const decision = decisionOf({ obligations, reasons, provenance, cached: true, ...variant });
    const bytes = writeCheckResponse(decision, headersNamed(), OPTIONS);
    const { status, dynamicMetadata } = read(bytes);
    assert.deepEqual([status?.code, status?.message], [decision.allowed ? 0 : 7, decision.status]);
    assert.deepEqual(dynamicMetadata, {
      decision_id: decision.id,
      portcullis: {
        status: decision.status,
        cached: decision.cached,
        reasons: decision.reasons,
        policy_set: 'shop',
        entrypoint: decision.provenance.entrypoint,
      },
    });
    assert.equal(Buffer.from(bytes).toString('latin1').split('portcullis').length, 2, 'written once');
  }
});

test('a plain answer says whether it was cached, also when the same was kept the other way', () => {
  const { provenance } = decisionOf();
  for (const cached of [false, true, false, true]) {
    const { dynamicMetadata } = answer({ status: 'denied', provenance, cached });
    const { portcullis } = dynamicMetadata ?? {};
    assert.equal((portcullis as JsonObject)['cached'], cached);
  }
});

test('each failure is told by its own code', () => {
  const { provenance } = decisionOf();
  for (const code of ['evaluation_limit', 'evaluation_conflict', undefined] as const) {
    const failure = code && new PortcullisError(code, 'm');
    const { dynamicMetadata } = answer({ status: 'evaluation_failed', provenance, failure });
    assert.equal((dynamicMetadata?.['portcullis'] as JsonObject | undefined)?.['code'], code);
  }
});

test('an obligation that cannot be carried out is never an answer', () => {
  const obligations = { headers: { host: 'x' } };
  for (const status of ['allowed', 'denied'] as const) {
    for (const dryRun of [false, true]) {
      assert.throws(() => answer({ status, obligations, cached: true }, { dryRun }), {
        code: 'obligations_invalid',
      });
    }
  }
});

const REFUSALS: readonly (readonly [code: ErrorCode, grpc: number, http: number, isFailure: boolean])[] = [
  ['unauthenticated', 16, 503, false],
  ['forbidden', 7, 503, false],
  ['invalid_request', 7, 400, false],
  ['over_limit', 7, 413, false],
  ['obligations_invalid', 7, 403, false],
  ['header_ambiguous', 7, 400, false],
  ['path_ambiguous', 7, 400, false],
  ['internal', 7, 503, true],
  ['overloaded', 7, 503, true],
  ['deadline_exceeded', 7, 503, true],
  ['not_ready', 7, 503, true],
  ['evaluation_failed', 7, 503, true],
  ['unknown_policy_set', 7, 403, false],
  ['unknown_entrypoint', 7, 403, false],
];

test('refusals: never empty, never the message', () => {
  for (const [code, grpc, http, isFailure] of REFUSALS) {
    const error = new PortcullisError(code, 'a secret path');
    const bytes = writeRefusal(error, OPTIONS);
    assert.ok(!Buffer.from(bytes).toString('latin1').includes('secret'));
    assert.deepEqual(denied(read(bytes)), { code: grpc, message: code, http, headers: [], body: '' });
    assert.deepEqual(read(bytes).dynamicMetadata, { portcullis: { status: 'refused', code } });
    const asError = read(writeRefusal(error, { ...OPTIONS, onError: 'error' }));
    assert.equal(asError.httpResponse.case, isFailure ? 'errorResponse' : 'deniedResponse', code);
    assert.equal(asError.status?.code, grpc);
    const dry = read(writeRefusal(error, { ...OPTIONS, dryRun: true, identityHeaders: ['x-user'] }));
    if (code === 'unauthenticated' || code === 'forbidden') assert.equal(denied(dry)['code'], grpc);
    else assert.deepEqual(ok(dry), { ...NOTHING, remove: ['x-user', 'x_user'] });
  }
});
