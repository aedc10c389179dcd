import assert from 'node:assert/strict';
import { test } from 'node:test';
import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { activate, descriptor, evaluation, setUp } from '../../../test/support/engine.ts';
import {
  askingParts,
  callFrom,
  certified,
  EchoDecider,
  LOCAL_CALL,
  LOCAL_PEER,
} from '../../../test/support/services.ts';
import { PortcullisError } from '../../errors.ts';
import {
  type CheckRequestSchema,
  type CheckResponse,
  CheckResponseSchema,
  CheckRequestSchema as RequestSchema,
} from '../../gen/envoy/service/auth/v3/external_auth_pb.ts';
import type { DecisionEvent } from '../../observe/decision-event.ts';
import { type Footprint, FULL, WHOLE } from '../../policy/plan/footprint.ts';
import type { CallContext, UnaryHandler, UnreadCalls } from '../../rpc.ts';
import { createAuthorizer } from '../authorize.ts';
import { extAuthzMethod } from './check.ts';
import type { ExtAuthzOptions } from './check-question.ts';

type Request = MessageInitShape<typeof CheckRequestSchema>;

const OPTIONS: ExtAuthzOptions = {
  policySet: 'shop',
  entrypoint: 'a/allow',
  choices: { shop: ['a/other'] },
  ambiguousPaths: 'deny',
  dryRun: false,
  onError: 'deny',
  errorStatus: 403,
  identityHeaders: ['x-user'],
  parseBody: true,
  grpc: undefined,
};

const http = (path: string, headers: Record<string, string> = {}, method = 'GET'): Request => ({
  attributes: { request: { http: { method, path, headers, protocol: 'HTTP/1.1' } } },
});

const bytesOf = (request: Request): Uint8Array => toBinary(RequestSchema, create(RequestSchema, request));

interface Asked {
  readonly response: CheckResponse;
  readonly events: readonly DecisionEvent[];
  readonly evaluations: number;
  readonly refusals: readonly string[];
}

interface Setting {
  /** What the policy answers, as JSON text, null for undefined; or what it does. */
  readonly value?: string | null | (() => never) | Promise<string>;
  readonly options?: Partial<ExtAuthzOptions>;
  readonly call?: CallContext;
  readonly authorize?: ReturnType<typeof createAuthorizer>;
  /** What the plan can read; left out: the whole input. */
  readonly reads?: readonly string[];
}

const footprintOf = (keys: readonly string[]): Footprint => ({
  input: { reads: 0, children: new Map(keys.map((key) => [key, { reads: FULL }])) },
  data: WHOLE,
  effects: new Map(),
  clock: 'unread',
  fullReads: [],
});

/** Asks the service over the real engine, whose policy is a value. */
async function ask(request: Request | Uint8Array, setting: Setting = {}): Promise<Asked> {
  const { value = 'true', options, call = LOCAL_CALL, reads } = setting;
  const bench = await setUp(() => {
    if (typeof value === 'function') return value();
    return value instanceof Promise ? value.then((json) => evaluation(json)) : evaluation(value ?? undefined);
  });
  const footprints = reads && new Map([['a/allow', footprintOf(reads)]]);
  await activate(bench.plane, descriptor('shop', footprints && { footprints }));
  const refusals: string[] = [];
  const { handler } = extAuthzMethod({
    ...askingParts({ decider: bench.engine, clock: bench.clock }),
    ...(setting.authorize && { authorize: setting.authorize }),
    extAuthz: { ...OPTIONS, ...options },
    onRefusal: ({ code }) => refusals.push(code),
  }) as { handler: UnaryHandler };
  const bytes = await handler(request instanceof Uint8Array ? request : bytesOf(request), call);
  assert.ok(bytes.length > 0, 'an empty CheckResponse is an allow');
  const response = fromBinary(CheckResponseSchema, bytes);
  return { response, events: bench.events, evaluations: bench.evaluations(), refusals };
}

const allows = ({ response }: Asked): boolean =>
  response.status?.code === 0 && response.httpResponse.case === 'okResponse';

test('the policy allows, the policy denies', async () => {
  const allowed = await ask(http('/orders'));
  assert.ok(allows(allowed));
  assert.equal(allowed.events[0]?.status, 'allowed');
  assert.equal(allowed.events[0]?.api, 'ext_authz');
  assert.equal(allowed.response.dynamicMetadata?.['decision_id'], allowed.events[0]?.decisionId);
  const denied = await ask(http('/orders'), { value: 'false' });
  assert.equal(allows(denied), false);
  assert.equal(denied.response.status?.code, 7);
  assert.equal(denied.events[0]?.status, 'denied');
});

test('a route has its requests evaluated in any case, a header does not', async () => {
  const asked = async (contextExtensions: Record<string, string>): Promise<boolean> => {
    const decider = new EchoDecider();
    const { handler } = extAuthzMethod({
      ...askingParts({ decider }),
      extAuthz: OPTIONS,
      onRefusal: assert.fail,
    }) as { handler: UnaryHandler };
    const headers = { 'cache-control': 'no-cache', 'portcullis.no_cache': 'true' };
    const request = { method: 'GET', path: '/', headers, protocol: 'HTTP/1.1' };
    await handler(bytesOf({ attributes: { request: { http: request }, contextExtensions } }), LOCAL_CALL);
    return decider.asked[0]!.noCache;
  };
  assert.equal(await asked({}), false);
  assert.equal(await asked({ 'portcullis.no_cache': 'true' }), true);
});

test('a twin of an identity header that has a `_` itself is refused, though no name in the request has one', async () => {
  const asked = await ask(http('/', { 'x-user': 'admin' }), { options: { identityHeaders: ['x_user'] } });
  assert.equal(allows(asked), false);
  assert.equal(asked.events[0]?.error?.code, 'header_ambiguous');
});

test('the trace is that of the call, and else that of the request it asks about', async () => {
  const [ofCall, ofRequest] = ['a', 'b'].map((digit) => digit.repeat(32)) as [string, string];
  const parent = (trace: string): string => `00-${trace}-b7ad6b7169203331-01`;
  const request = http('/', { traceparent: parent(ofRequest) });
  const call = callFrom(LOCAL_PEER, {
    metadata: (name) => (name === 'traceparent' ? parent(ofCall) : undefined),
  });
  assert.equal((await ask(request, { call })).events[0]?.traceId, ofCall);
  assert.equal((await ask(request)).events[0]?.traceId, ofRequest);
});

test('a decision that comes later is written like one that is there at once', async () => {
  assert.ok(allows(await ask(http('/orders'), { value: Promise.resolve('true') })));
  const denied = await ask(http('/orders'), {
    value: Promise.resolve('{"allowed":false,"http_status":401}'),
  });
  assert.equal(denied.response.httpResponse.case, 'deniedResponse');
});

const FAILING: Setting['value'] = () => {
  throw new PortcullisError('evaluation_failed', 'two rules conflict');
};

/** What keeps a request from being evaluated, or an answer from being given. Each is a denial with its record. */
const REFUSED: readonly [
  name: string,
  request: Request | Uint8Array,
  setting: Setting,
  status: string,
  code: string,
  evaluations: number,
][] = [
  ['an ambiguous path', http('/a//b'), {}, 'input_invalid', 'path_ambiguous', 0],
  ['a path that leaves its folder', http('/a/../b'), {}, 'input_invalid', 'path_ambiguous', 0],
  [
    'the twin of an identity header',
    http('/', { x_user: 'root' }),
    {},
    'input_invalid',
    'header_ambiguous',
    0,
  ],
  ['bytes that are no message', Buffer.from([0x0a]), {}, 'input_invalid', 'invalid_request', 0],
  [
    'text that is not UTF-8',
    Buffer.from([0x0a, 0x06, 0x22, 0x04, 0x12, 0x02, 0x22, 0xff]),
    {},
    'input_invalid',
    'invalid_request',
    0,
  ],
  [
    'a choice that is not listed',
    { attributes: { contextExtensions: { 'portcullis.entrypoint': 'a/secret' } } },
    { options: { ambiguousPaths: 'pass' } },
    'unknown_entrypoint',
    'unknown_entrypoint',
    0,
  ],
  [
    'a body that is not JSON',
    {
      attributes: {
        request: {
          http: { method: 'POST', path: '/', headers: { 'content-type': 'application/json' }, body: '{' },
        },
      },
    },
    {},
    'input_invalid',
    'json_invalid',
    0,
  ],
  [
    'a caller that went away',
    http('/'),
    { call: callFrom(LOCAL_PEER, { cancelled: () => true }) },
    'cancelled',
    'cancelled',
    0,
  ],
  ['a policy that fails', http('/'), { value: FAILING }, 'evaluation_failed', 'evaluation_failed', 1],
  [
    'headers that cannot be sent',
    http('/'),
    { value: '{"allowed":true,"headers":{"x-a":"1\\r\\nx-user: root"}}' },
    'not_a_decision',
    'obligations_invalid',
    1,
  ],
  [
    'a denial whose headers cannot be sent',
    http('/'),
    { value: '{"allowed":false,"headers":{"connection":"close"}}' },
    'not_a_decision',
    'obligations_invalid',
    1,
  ],
];

for (const [name, request, setting, status, code, evaluations] of REFUSED) {
  test(`denied and recorded: ${name}`, async () => {
    const asked = await ask(request, setting);
    assert.equal(asked.response.status?.code, 7);
    assert.equal(asked.response.httpResponse.case, 'deniedResponse');
    assert.equal(asked.response.httpResponse.value?.body, '');
    assert.equal(asked.events.length, 1);
    assert.equal(asked.events[0]?.status, status);
    assert.equal(asked.events[0]?.error?.code, code);
    assert.equal(asked.evaluations, evaluations);
    assert.deepEqual(asked.refusals, []);
  });
}

test('what cannot be built matters only to policies that can read it', async () => {
  const request: Request = {
    attributes: {
      request: {
        http: { method: 'POST', path: '/?a=%zz', headers: { 'content-type': 'application/json' }, body: '{' },
      },
    },
  };
  assert.ok(allows(await ask(request, { reads: ['attributes', 'parsed_path'] })));
  for (const part of ['parsed_body', 'parsed_query'])
    assert.equal(allows(await ask(request, { reads: ['attributes', part] })), false, part);
});

test('an undefined decision and a value that is none are denials', async () => {
  const { response, events } = await ask(http('/'), { value: null });
  assert.equal(response.status?.code, 7);
  assert.equal(events[0]?.status, 'undefined');
  for (const value of ['"true"', '1', '{}', '{"allowed":"true"}', '[true]', 'null'])
    assert.equal(allows(await ask(http('/'), { value })), false, value);
});

test('the switch lets ambiguous paths through to the policy, which is told', async () => {
  const { response, events } = await ask(http('/a/%2e%2e//b'), { options: { ambiguousPaths: 'pass' } });
  assert.equal(response.status?.code, 0);
  const input = events[0]?.input.document() as { path: { ambiguities: string[] } };
  assert.ok(input.path.ambiguities.length >= 2);
});

test('a route chooses its entrypoint; a header never does', async () => {
  const extensions = { 'portcullis.entrypoint': 'a/other' };
  const chosen = await ask({ attributes: { ...http('/').attributes, contextExtensions: extensions } });
  assert.equal(chosen.events[0]?.entrypoint, 'a/other');
  const header = await ask(http('/', extensions));
  assert.equal(header.events[0]?.entrypoint, 'a/allow');
});

test('dry run answers an allow and records the denial', async () => {
  const asked = await ask(http('/', { 'x-user': 'root' }), { value: 'false', options: { dryRun: true } });
  assert.ok(allows(asked));
  assert.equal(asked.events[0]?.status, 'denied');
  assert.equal(asked.events[0]?.dryRun, true);
  const { headersToRemove } = asked.response.httpResponse.value as { headersToRemove: string[] };
  assert.deepEqual(headersToRemove, ['x-user', 'x_user']);
});

test('who may not ask gets a denial, not an error, and is reported', async () => {
  const clients = { gateway: { dns: ['gateway'], methods: ['ext_authz' as const] } };
  const authorize = createAuthorizer(clients);
  const stranger = await ask(http('/'), { authorize });
  assert.equal(stranger.response.status?.code, 16);
  assert.equal(stranger.response.httpResponse.case, 'deniedResponse');
  assert.deepEqual(stranger.refusals, ['unauthenticated']);
  assert.equal(stranger.evaluations, 0);
  const other = await ask(http('/'), { authorize, call: callFrom(certified({ dnsNames: ['other'] })) });
  assert.equal(other.response.status?.code, 7);
  assert.deepEqual(other.refusals, ['forbidden']);
  assert.ok(
    allows(await ask(http('/'), { authorize, call: callFrom(certified({ dnsNames: ['gateway'] })) })),
  );
});

test('a client that may ask other policy sets only is refused', async () => {
  const clients = { gateway: { dns: ['gateway'], policySets: ['bank'] } };
  const call = callFrom(certified({ dnsNames: ['gateway'] }));
  const asked = await ask(http('/'), { authorize: createAuthorizer(clients), call });
  assert.equal(asked.response.httpResponse.case, 'deniedResponse');
  assert.deepEqual(asked.refusals, ['forbidden']);
});

test('a check that cannot be read is answered and recorded as far as it is known', async () => {
  const bench = await setUp(() => evaluation('true'));
  await activate(bench.plane, descriptor('shop'));
  const refusals: string[] = [];
  const unread = (authorize?: ReturnType<typeof createAuthorizer>): UnreadCalls => {
    const method = extAuthzMethod({
      ...askingParts({ decider: bench.engine, clock: bench.clock }),
      ...(authorize && { authorize }),
      extAuthz: OPTIONS,
      onRefusal: ({ code }) => refusals.push(code),
    });
    assert.ok(method.kind === 'unary' && method.unread);
    return method.unread;
  };
  const gone = callFrom(LOCAL_PEER, { cancelled: () => true });
  unread().abandoned(gone, undefined);
  unread().abandoned(gone, bytesOf(http('/orders')));
  const response = fromBinary(CheckResponseSchema, await unread().oversized(LOCAL_CALL));
  assert.equal(response.status?.code, 7);
  assert.ok(response.httpResponse.case === 'deniedResponse');
  assert.equal(response.httpResponse.value.status?.code, 413);
  assert.deepEqual(
    bench.events.map((event) => [event.status, event.error?.code, event.input.document() !== undefined]),
    [
      ['cancelled', 'cancelled', false],
      ['cancelled', 'cancelled', true],
      ['input_too_large', 'over_limit', false],
    ],
  );
  assert.equal(bench.evaluations(), 0);

  unread(createAuthorizer({})).abandoned(LOCAL_CALL, undefined);
  const refused = fromBinary(CheckResponseSchema, await unread(createAuthorizer({})).oversized(LOCAL_CALL));
  assert.ok(refused.status?.code === 16 && refused.httpResponse.case === 'deniedResponse');
  assert.equal(bench.events.length, 3);
  assert.deepEqual(refusals, ['unauthenticated', 'unauthenticated']);
});
