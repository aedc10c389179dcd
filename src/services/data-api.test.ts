import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  askingParts,
  callFrom,
  certified,
  decidesAlways,
  decisionOf,
  EchoDecider,
  httpRequest,
  LOCAL_CALL,
} from '../../test/support/services.ts';
import type { Decider, DecisionStatus, Question } from '../decision/decision.ts';
import { failed } from '../decision/outcome.ts';
import { ERRORS, PortcullisError } from '../errors.ts';
import { canonicalJson } from '../json/canonical.ts';
import type { CallContext, HttpResponse } from '../rpc.ts';
import { createAuthorizer } from './authorize.ts';
import { type DataApiParts, dataApiRoutes } from './data-api.ts';
import { STATUS_MEANING } from './decision-status.ts';

interface Asked {
  readonly method?: 'GET' | 'POST';
  readonly path?: string;
  readonly query?: string;
  readonly body?: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
  readonly call?: CallContext;
}

async function ask(asked: Asked, overrides: Partial<DataApiParts> = {}): Promise<HttpResponse> {
  const {
    method = 'POST',
    path = 'shop/allow',
    query = '',
    body = '',
    headers = {},
    call = LOCAL_CALL,
  } = asked;
  const routes = dataApiRoutes({ ...askingParts(), policySet: 'shop', version: '1.2.3', ...overrides });
  const pattern = path === '' ? '/v1/data' : '/v1/data/*';
  const route = routes.find((route) => route.method === method && route.path === pattern);
  const target = `/v1/data/${path}${query}`;
  return route!.handler(httpRequest(target, { method, rest: path, body, headers }), call);
}

const WARNING = { code: 'api_usage_warning', message: "'input' key missing from the request" };

const INPUTS: readonly (readonly [name: string, asked: Asked, input: string | undefined])[] = [
  [
    'POST with input',
    { body: '{"input":{"b":1.0,"a":12345678901234567890}}' },
    '{"a":12345678901234567890,"b":1.0}',
  ],
  ['POST with a scalar', { body: ' {"input" : false} ' }, 'false'],
  ['POST with metadata beside it', { body: '{"com.example/x":{},"input":"x"}' }, '"x"'],
  [
    'POST with __proto__ keys',
    { body: '{"__proto__":{"input":1},"input":{"__proto__":2}}' },
    '{"__proto__":2}',
  ],
  ['POST with __proto__ and no input', { body: '{"__proto__":{"input":1}}' }, undefined],
  ['POST with null', { body: '{"input":null}' }, undefined],
  ['POST without the key', { body: '{}' }, undefined],
  ['POST of null', { body: 'null' }, undefined],
  ['POST without a body', {}, undefined],
  ['POST with the parameter only', { query: '?input=1' }, undefined],
  ['GET without input', { method: 'GET' }, undefined],
  ['GET with input', { method: 'GET', query: '?input=%7B%22a%22%3A1.0%7D' }, '{"a":1.0}'],
  ['GET with a plus for a space', { method: 'GET', query: '?input=%22a+b%22' }, '"a b"'],
  ['GET with null', { method: 'GET', query: '?input=null' }, 'null'],
  ['GET with two, the last of which counts', { method: 'GET', query: '?input=1&input=2' }, '2'],
  ['GET with U+FFFD', { method: 'GET', query: '?input=%22%EF%BF%BD%22' }, '"\ufffd"'],
  ['GET with a body that nobody reads', { method: 'GET', body: '{"input":1}' }, undefined],
];

for (const [name, asked, expected] of INPUTS) {
  test(`input: ${name}`, async () => {
    const decider = new EchoDecider();
    const { status, body } = await ask(asked, { decider });
    const seen = decider.input();
    assert.equal(seen === undefined ? undefined : canonicalJson(seen), expected);
    const answer = JSON.parse(String(body)) as Record<string, unknown>;
    const warned = expected === undefined && asked.method !== 'GET';
    assert.deepEqual(
      [status, answer['warning'], 'result' in answer],
      [200, warned ? WARNING : undefined, expected !== undefined],
    );
  });
}

async function assertError(
  asked: Asked,
  status: number,
  opaCode: string,
  code: string,
  overrides = {},
): Promise<void> {
  const response = await ask(asked, overrides);
  const body = JSON.parse(String(response.body)) as Record<string, unknown>;
  assert.equal(response.headers?.['content-type'], 'application/json');
  assert.deepEqual([response.status, body['code']], [status, opaCode]);
  assert.deepEqual(body['errors'], [{ code, message: ERRORS[code as keyof typeof ERRORS].help }]);
  assert.equal(typeof body['message'], 'string');
}

test('an input that cannot be read is an error by a decision with its record', async () => {
  for (const [asked, status, code] of [
    [{ body: '{"input":1' }, 400, 'json_invalid'],
    [{ body: '[1]' }, 400, 'invalid_request'],
    [{ body: `{"input":${'['.repeat(33)}${']'.repeat(33)}}` }, 413, 'json_too_deep'],
    [{ method: 'GET', query: '?input=' }, 400, 'json_invalid'],
  ] as const) {
    const decider = new EchoDecider();
    await assertError(asked, status, 'invalid_parameter', code, { decider });
    assert.equal(decider.asked.length, 1);
  }
});

test('what is no question is refused before anybody is asked', async () => {
  for (const asked of [{ path: 'a//b' }, { path: 'a%2fb' }, { query: '?explain=full' }]) {
    const decider = new EchoDecider();
    await assertError(asked, 400, 'invalid_parameter', 'invalid_request', { decider });
    assert.equal(decider.asked.length, 0);
  }
});

test('an input that no policy reads keeps nothing from being answered', async () => {
  const decider = decidesAlways(decisionOf({ id: 'id-1' }));
  const { status, body } = await ask({ body: '{' }, { decider });
  assert.deepEqual([status, body], [200, '{"decision_id":"id-1","result":true}\n']);
});

test('no path at all names nothing', async () => {
  for (const method of ['GET', 'POST'] as const)
    await assertError({ method, path: '' }, 404, 'resource_not_found', 'not_found');
});

test('the policy set is the configured one, whatever the caller sends', async () => {
  const decider = new EchoDecider();
  const headers = { 'x-policy-set': 'hr', 'x-tenant': 'hr' };
  await ask(
    { query: '?policy_set=hr&policySet=hr', body: '{"input":1,"policy_set":"hr"}', headers },
    { decider },
  );
  await ask({}, { decider, policySet: '', policySets: ['only'] });
  assert.deepEqual(
    decider.asked.map(({ policySet, caller }) => [policySet, caller.api]),
    [
      ['shop', 'data-api'],
      ['only', 'data-api'],
    ],
  );
});

test('the answer is decision id and result, digit for digit', async () => {
  const json = '{"big":12345678901234567890,"one":1.0,"__proto__":[]}';
  const decider = decidesAlways(decisionOf({ id: 'id-1', json }));
  const { status, headers, body } = await ask({ body: '{"input":1}' }, { decider });
  assert.deepEqual([status, body], [200, `{"decision_id":"id-1","result":${json}}\n`]);
  assert.deepEqual(headers, {
    'content-type': 'application/json',
    'cache-control': 'no-store',
    'cache-status': 'portcullis; fwd=miss',
  });
  const pretty = await ask({ body: '{"input":1}', query: '?pretty' }, { decider });
  assert.equal(
    pretty.body,
    `{
  "decision_id": "id-1",
  "result": {
    "big": 12345678901234567890,
    "one": 1.0,
    "__proto__": []
  }
}
`,
  );
});

test('provenance and metrics are told when asked for', async () => {
  const decider = new EchoDecider();
  const clock = { wallMs: () => 0, monotonicMs: () => (now += 0.5) };
  let now = 0;
  const { body } = await ask({ body: '{"input":1}', query: '?provenance&metrics=TRUE' }, { decider, clock });
  assert.deepEqual(JSON.parse(String(body)), {
    decision_id: decisionOf().id,
    provenance: {
      version: '1.2.3',
      build_commit: '',
      build_timestamp: '',
      build_hostname: '',
      bundles: { main: { revision: 'r2' } },
    },
    metrics: {
      timer_rego_input_parse_ns: 500_000,
      timer_rego_query_eval_ns: 1_500_000,
      timer_server_handler_ns: 2_000_000,
    },
    result: 1,
  });
  const off = await ask({ body: '{"input":1}', query: '?provenance=false&metrics=0&pretty=no' }, { decider });
  assert.equal(off.body, `{"decision_id":"${decisionOf().id}","result":1}\n`);
});

test('a failed evaluation is an error in OPA’s shape; a denial is an answer', async () => {
  const expected: Partial<Record<DecisionStatus, readonly [number, string]>> = {
    evaluation_failed: [500, 'internal_error'],
    timeout: [504, 'internal_error'],
    input_invalid: [400, 'invalid_parameter'],
    input_too_large: [413, 'invalid_parameter'],
    unknown_policy_set: [404, 'resource_not_found'],
    unknown_entrypoint: [404, 'resource_not_found'],
    not_ready: [503, 'internal_error'],
    cancelled: [499, 'internal_error'],
  };
  for (const [name, { error }] of Object.entries(STATUS_MEANING)) {
    const status = name as DecisionStatus;
    const failure = error && new PortcullisError(error, 'why');
    const decider = decidesAlways(decisionOf({ status, failure }));
    if (error === undefined) assert.equal((await ask({}, { decider })).status, 200, status);
    else await assertError({}, expected[status]![0], expected[status]![1], error, { decider });
  }
});

test('a failure tells the decision it belongs to, and of what went wrong inside nothing more', async () => {
  for (const code of [
    'internal',
    'evaluation_failed',
    'evaluation_limit',
    'io_failed',
    'not_ready',
  ] as const) {
    const failure = new PortcullisError(code, '/srv/secret/policy.rego:5: object insert conflict');
    const decider = decidesAlways(decisionOf({ id: 'id-1', ...failed(failure), failure }));
    const { status, body } = await ask({}, { decider });
    assert.deepEqual(
      [status, JSON.parse(String(body))],
      [
        ERRORS[code].http,
        {
          decision_id: 'id-1',
          code: 'internal_error',
          message: `The evaluation failed: ${code}`,
          errors: [{ code, message: ERRORS[code].help }],
        },
      ],
    );
  }
});

test('what is wrong with the question is told in so many words, with the decision it belongs to', async () => {
  for (const code of ['json_invalid', 'json_too_deep', 'unknown_entrypoint'] as const) {
    const failure = new PortcullisError(code, 'at line 7');
    const decider = decidesAlways(decisionOf({ id: 'id-1', ...failed(failure), failure }));
    const { body } = await ask({}, { decider });
    const { decision_id, message } = JSON.parse(String(body)) as Record<string, unknown>;
    assert.deepEqual([decision_id, message], ['id-1', 'at line 7']);
  }
  const refused = await ask({ path: 'a//b' });
  assert.equal(
    'decision_id' in (JSON.parse(String(refused.body)) as object),
    false,
    'no question, no decision',
  );
});

test('a defect is left to the transport', async () => {
  for (const defect of [new TypeError('defect'), new PortcullisError('internal', 'defect')]) {
    const fail = (): never => {
      throw defect;
    };
    await assert.rejects(ask({}, { decider: { decide: fail, decideAll: fail } }), defect);
  }
});

test('callers are authorised before anything of theirs is read', async () => {
  const authorize = createAuthorizer({
    web: { dns: ['web'], policySets: ['shop'], methods: ['data-api'] },
    hr: { dns: ['hr'], policySets: ['hr'] },
    check: { dns: ['check'], methods: ['check'] },
  });
  const by = (name: string): CallContext => callFrom(certified({ dnsNames: [name] }));
  const parts = { authorize, policySets: ['shop', 'hr'] };
  assert.equal((await ask({ call: by('web') }, parts)).status, 200);
  for (const [body, path] of [
    ['{', 'a'],
    ['', ''],
  ] as const) {
    await assertError({ body, path, call: by('hr') }, 403, 'unauthorized', 'forbidden', parts);
    await assertError({ body, path, call: by('check') }, 403, 'unauthorized', 'forbidden', parts);
    await assertError({ body, path }, 401, 'unauthorized', 'unauthenticated', parts);
  }
});

test('Cache-Control has a question evaluated in any case, and Cache-Status says where the answer comes from', async () => {
  type Answered = Parameters<typeof decisionOf>[0];
  const table: [headers: Record<string, string>, answered: Answered, noCache: boolean, told: string][] = [
    [{}, { cached: false }, false, 'portcullis; fwd=miss'],
    [{}, { cached: true }, false, 'portcullis; hit'],
    [{ 'cache-control': 'no-cache' }, { cached: false }, true, 'portcullis; fwd=request'],
    [{ 'cache-control': 'max-age=60' }, { cached: true }, false, 'portcullis; hit'],
    [{}, { cached: false, cacheOff: true }, false, 'portcullis; fwd=bypass'],
    [{ 'cache-control': 'no-cache' }, { cached: false, cacheOff: true }, true, 'portcullis; fwd=bypass'],
    // It was turned off when the answer had been found.
    [{}, { cached: true, cacheOff: true }, false, 'portcullis; hit'],
  ];
  for (const [headers, answered, noCache, told] of table) {
    for (const method of ['GET', 'POST'] as const) {
      const asked: Question[] = [];
      const always = decidesAlways(decisionOf(answered));
      const decider: Decider = {
        ...always,
        decide: (question, deadlineMs) => {
          asked.push(question);
          return always.decide(question, deadlineMs);
        },
      };
      const answer = await ask({ method, headers }, { decider });
      assert.deepEqual([asked[0]!.noCache, answer.headers?.['cache-status']], [noCache, told]);
    }
  }
});
