import assert from 'node:assert/strict';
import { test } from 'node:test';
import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import * as fc from 'fast-check';
import {
  askingParts,
  callFrom,
  certified,
  decidesAlways,
  decisionOf,
  EchoDecider,
  handlerOf,
  LOCAL_CALL,
  LOCAL_PEER,
} from '../../test/support/services.ts';
import type { DecisionStatus } from '../decision/decision.ts';
import { failed } from '../decision/outcome.ts';
import { type ErrorCode, PortcullisError } from '../errors.ts';
import {
  BatchCheckRequestSchema,
  BatchCheckResponseSchema,
  CheckRequestSchema,
  CheckResponseSchema,
  EvaluateRequestSchema,
  EvaluateResponseSchema,
  type QuestionSchema,
  Status,
} from '../gen/portcullis/v1/decision_pb.ts';
import { canonicalJson } from '../json/canonical.ts';
import type { CallContext } from '../rpc.ts';
import type { AskingParts } from './asking.ts';
import { createAuthorizer } from './authorize.ts';
import { decisionMethods } from './decision-service.ts';
import { STATUS_MEANING } from './decision-status.ts';

type QuestionInit = MessageInitShape<typeof QuestionSchema>;

const SERVICE = '/portcullis.v1.DecisionService';
const NO_EXPLAINER = {
  explain: () => Promise.reject(new PortcullisError('bundle_plan_missing', 'no plan')),
};
const jsonInput = (text: string): QuestionInit['input'] => ({ case: 'json', value: Buffer.from(text) });

function service(overrides: Partial<AskingParts> = {}) {
  const methods = decisionMethods({
    ...askingParts(overrides),
    explainer: NO_EXPLAINER,
    maxBatchQuestions: 5,
  });
  const call = (name: string, bytes: Uint8Array, context: CallContext) =>
    handlerOf(methods, `${SERVICE}/${name}`, 'unary')(bytes, context);
  return {
    raw: async (name: string, bytes: Uint8Array, context = LOCAL_CALL) => call(name, bytes, context),
    check: async (question: QuestionInit, context = LOCAL_CALL) => {
      const request = toBinary(CheckRequestSchema, create(CheckRequestSchema, { question }));
      return fromBinary(CheckResponseSchema, await call('Check', request, context)).decision!;
    },
    batch: async (questions: QuestionInit[], context = LOCAL_CALL) => {
      const request = toBinary(BatchCheckRequestSchema, create(BatchCheckRequestSchema, { questions }));
      return fromBinary(BatchCheckResponseSchema, await call('BatchCheck', request, context)).decisions;
    },
    evaluate: async (question: QuestionInit, context = LOCAL_CALL) => {
      const request = toBinary(EvaluateRequestSchema, create(EvaluateRequestSchema, { question }));
      return fromBinary(EvaluateResponseSchema, await call('Evaluate', request, context));
    },
  };
}

const INPUTS: readonly (readonly [
  name: string,
  input: QuestionInit['input'],
  expected: string | undefined,
])[] = [
  ['none', { case: undefined }, undefined],
  [
    'JSON with its numbers as written',
    jsonInput('{"b":1.0,"a":12345678901234567890}'),
    '{"a":12345678901234567890,"b":1.0}',
  ],
  ['JSON null', jsonInput('null'), 'null'],
  ['a Struct', { case: 'struct', value: { a: [1, 'x', null, true, {}] } }, '{"a":[1,"x",null,true,{}]}'],
  ['an empty Struct', { case: 'struct', value: {} }, '{}'],
  [
    'who does what to what',
    {
      case: 'access',
      value: { subject: { id: 'alice' }, action: { name: 'read' }, resource: {}, context: { ip: '::1' } },
    },
    '{"action":{"name":"read"},"context":{"ip":"::1"},"resource":{},"subject":{"id":"alice"}}',
  ],
  [
    'who does what, in part',
    { case: 'access', value: { action: { name: 'read' } } },
    '{"action":{"name":"read"}}',
  ],
  ['nothing of who does what', { case: 'access', value: {} }, '{}'],
];

for (const [name, input, expected] of INPUTS) {
  test(`the decider sees the input: ${name}`, async () => {
    const decider = new EchoDecider();
    await service({ decider }).check({ input: input! });
    const seen = decider.input();
    assert.equal(seen === undefined ? undefined : canonicalJson(seen), expected);
  });
}

const BAD_INPUTS: readonly (readonly [name: string, input: QuestionInit['input'], code: ErrorCode])[] = [
  ['empty JSON', jsonInput(''), 'json_invalid'],
  ['broken JSON', jsonInput('{"a":'), 'json_invalid'],
  ['a key twice', jsonInput('{"a":1,"a":2}'), 'json_duplicate_key'],
  ['JSON that is not UTF-8', { case: 'json', value: Uint8Array.from([0x22, 0xff, 0x22]) }, 'json_invalid'],
  ['JSON too deep', jsonInput('['.repeat(40) + ']'.repeat(40)), 'json_too_deep'],
  ['JSON too long', jsonInput(`"${'x'.repeat(100_000)}"`), 'json_too_large'],
  ['a Struct too deep', { case: 'struct', value: nested(33) }, 'json_too_deep'],
  ['an access request too deep', { case: 'access', value: { subject: nested(32) } }, 'json_too_deep'],
  ['a Struct too large', { case: 'struct', value: { a: 'x'.repeat(100_000) } }, 'json_too_large'],
];

type Nested = { [key: string]: Nested };
function nested(depth: number): Nested {
  let object: Nested = {};
  for (let i = 1; i < depth; i++) object = { a: object };
  return object;
}

for (const [name, input, code] of BAD_INPUTS) {
  test(`an input that cannot be read is a denial of Check and an error of Evaluate: ${name}`, async () => {
    const asked = service();
    const decision = await asked.check({ input: input! });
    assert.deepEqual([decision.allowed, decision.status], [false, Status.INPUT_INVALID]);
    await assert.rejects(asked.evaluate({ input: input! }), { code });
  });
}

const LEN = (number: number, ...bytes: number[]): number[] => [number * 8 + 2, bytes.length, ...bytes];
const MALFORMED: readonly (readonly [name: string, bytes: readonly number[]])[] = [
  ['no question', []],
  ['only an unknown field', LEN(9, 1)],
  ['a question cut short', [0x0a, 5, 1]],
  ['two questions', [...LEN(1), ...LEN(1)]],
  ['a policy set twice', LEN(1, ...LEN(1, 0x61), ...LEN(1, 0x61))],
  ['an entrypoint twice', LEN(1, ...LEN(2, 0x61), ...LEN(2, 0x62))],
  ['two inputs of one kind', LEN(1, ...LEN(3, 0x31), ...LEN(3, 0x32))],
  ['two inputs of two kinds', LEN(1, ...LEN(3, 0x31), ...LEN(4))],
  ['no_cache twice', LEN(1, 0x30, 1, 0x30, 0)],
  ['a policy set that is not UTF-8', LEN(1, ...LEN(1, 0xc3))],
  ['a group', LEN(1, 0x3b, 0x3c)],
  ['noise', [0xff, 0xff, 0xff]],
];

for (const [name, bytes] of MALFORMED) {
  test(`a request that cannot be read is an error: ${name}`, async () => {
    for (const method of ['Check', 'Evaluate']) {
      await assert.rejects(service().raw(method, Uint8Array.from(bytes)), { code: 'invalid_request' });
    }
  });
}

test('an access request with a part given twice is a denial', async () => {
  const bytes = Uint8Array.from(LEN(1, ...LEN(5, ...LEN(1), ...LEN(1))));
  const { decision } = fromBinary(CheckResponseSchema, await service().raw('Check', bytes));
  assert.equal(decision?.status, Status.INPUT_INVALID);
});

test('any bytes are answered or refused with a PortcullisError', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 60 }), fc.boolean(), async (bytes, framed) => {
      const request = framed ? Uint8Array.from(LEN(1, ...bytes)) : bytes;
      for (const method of ['Check', 'BatchCheck', 'Evaluate']) {
        await service()
          .raw(method, request)
          .catch((thrown) => assert.ok(thrown instanceof PortcullisError, String(thrown)));
      }
    }),
  );
});

const questions: fc.Arbitrary<QuestionInit> = fc.record({
  policySet: fc.constantFrom('', 'shop', 'hr'),
  entrypoint: fc.constantFrom('', 'shop/allow', 'é'),
  noCache: fc.boolean(),
  input: fc.oneof(
    fc.constant({ case: undefined }),
    fc.jsonValue({ maxDepth: 3 }).map((value) => jsonInput(JSON.stringify(value))!),
    fc.constant(jsonInput('{"a":')!),
    fc
      .dictionary(fc.string({ maxLength: 4 }), fc.constantFrom(1, 'x', null), { noNullPrototype: true })
      .map((value) => ({
        case: 'struct' as const,
        value,
      })),
  ),
});

test('a batch equals as many single checks', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(questions, { maxLength: 5 }), async (list) => {
      const asked = service({ policySets: ['shop', 'hr'] });
      const singles = [];
      for (const question of list) singles.push(await asked.check(question));
      assert.deepEqual(await asked.batch(list), singles);
    }),
  );
});

test('a batch over the limit is refused before anything is decided', async () => {
  const decider = new EchoDecider();
  const asked = service({ decider });
  assert.equal((await asked.batch(Array.from({ length: 5 }, () => ({})))).length, 5);
  await assert.rejects(asked.batch(Array.from({ length: 6 }, () => ({}))), { code: 'over_limit' });
  assert.equal(decider.asked.length, 5);
  assert.deepEqual(await asked.batch([]), []);
});

test('a batch ends when its caller has left', async () => {
  const decider = new EchoDecider();
  const call = callFrom(LOCAL_PEER, { cancelled: () => decider.asked.length === 2 });
  await assert.rejects(service({ decider }).batch([{}, {}, {}, {}], call), { code: 'cancelled' });
  assert.equal(decider.asked.length, 2);
});

test('what the policy does is a denial of Check and, where it failed, an error of Evaluate', async () => {
  const table = Object.entries(STATUS_MEANING) as [DecisionStatus, (typeof STATUS_MEANING)[DecisionStatus]][];
  for (const [status, { wire, error }] of table) {
    for (const failure of [undefined, error && new PortcullisError(error, 'why')]) {
      const asked = service({ decider: decidesAlways(decisionOf({ status, failure })) });
      const decision = await asked.check({});
      assert.deepEqual([decision.allowed, decision.status], [status === 'allowed', wire]);
      if (error === undefined) await asked.evaluate({});
      else await assert.rejects(asked.evaluate({}), { code: error });
    }
  }
});

test('a failure of Evaluate begins with the id of its decision', async () => {
  for (const [code, thrown, message] of [
    ['unknown_entrypoint', 'unknown_entrypoint', 'Decision id-1: no such rule'],
    ['evaluation_limit', 'evaluation_limit', 'Decision id-1: The evaluation failed: evaluation_limit'],
    // Transports keep back the text of `internal`, and the id with it.
    ['internal', 'evaluation_failed', 'Decision id-1: The evaluation failed: internal'],
  ] as const) {
    const failure = new PortcullisError(code, 'no such rule');
    const decider = decidesAlways(decisionOf({ id: 'id-1', ...failed(failure), failure }));
    await assert.rejects(service({ decider }).evaluate({}), { code: thrown, message });
  }
});

test('the earlier of both deadlines counts', async () => {
  for (const [callerMs, expected] of [
    [Number.POSITIVE_INFINITY, 6_000],
    [5_500, 5_500],
    [9_000, 6_000],
    [1_000, 1_000],
  ] as const) {
    const decider = new EchoDecider();
    const asked = service({ decider });
    const call = callFrom(LOCAL_PEER, { deadlineMs: callerMs });
    await asked.check({}, call);
    await asked.batch([{}], call);
    await asked.evaluate({}, call);
    assert.deepEqual(decider.deadlines, [expected, expected, expected]);
  }
});

const SHOPPER = callFrom(certified({ dnsNames: ['shopper'] }));
const CLIENTS = createAuthorizer({
  shopper: { dns: ['shopper'], policySets: ['shop'], methods: ['check', 'batch-check', 'evaluate'] },
});

test('a caller asks its own policy sets only, each question of a batch included', async () => {
  const decider = new EchoDecider();
  const asked = service({ decider, authorize: CLIENTS, policySets: ['shop', 'hr'] });
  assert.equal((await asked.check({ policySet: 'shop' }, SHOPPER)).allowed, true);
  assert.equal(decider.asked[0]?.caller.client, 'shopper');
  // The same words for one that exists and one that does not, and none without a name while there are several.
  for (const policySet of ['hr', 'xx']) {
    const message = `The caller may not ask policy set "${policySet}"`;
    await assert.rejects(asked.check({ policySet }, SHOPPER), { code: 'forbidden', message });
  }
  await assert.rejects(asked.check({}, SHOPPER), { code: 'forbidden' });
  await assert.rejects(asked.evaluate({ policySet: 'hr' }, SHOPPER), { code: 'forbidden' });
  await assert.rejects(asked.batch([{ policySet: 'shop' }, { policySet: 'hr' }], SHOPPER), {
    code: 'forbidden',
  });
  await assert.rejects(asked.check({ policySet: 'shop' }), { code: 'unauthenticated' });
  assert.equal(decider.asked.length, 1);
});

test('an empty name means the only policy set there is', async () => {
  const decider = new EchoDecider();
  await service({ decider, authorize: CLIENTS }).check({}, SHOPPER);
  await service({ decider, policySets: ['shop', 'hr'] }).check({});
  assert.deepEqual(
    decider.asked.map((question) => question.policySet),
    ['shop', ''],
  );
});

test('Check answers without a promise when the decider does', () => {
  const methods = decisionMethods({ ...askingParts(), explainer: NO_EXPLAINER, maxBatchQuestions: 1 });
  const request = toBinary(CheckRequestSchema, create(CheckRequestSchema, { question: {} }));
  assert.ok(handlerOf(methods, `${SERVICE}/Check`, 'unary')(request, LOCAL_CALL) instanceof Uint8Array);
});
