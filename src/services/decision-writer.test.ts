import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromBinary } from '@bufbuild/protobuf';
import { timestampMs } from '@bufbuild/protobuf/wkt';
import * as fc from 'fast-check';
import { decisionOf } from '../../test/support/services.ts';
import type { Decision, DecisionStatus, Provenance } from '../decision/decision.ts';
import {
  BatchCheckResponseSchema,
  CheckResponseSchema,
  type Decision as DecisionMessage,
  EvaluateResponseSchema,
  Status,
  StatusSchema,
} from '../gen/portcullis/v1/decision_pb.ts';
import type { JsonObject } from '../json/value.ts';
import { STATUS_MEANING } from './decision-status.ts';
import { writeBatchResponse, writeCheckResponse } from './decision-writer.ts';
import { writeEvaluateResponse } from './evaluate-writer.ts';

const STATUSES = Object.keys(STATUS_MEANING) as DecisionStatus[];

test('every status has its number, and every number its status', () => {
  const names = StatusSchema.values
    .map((value) => value.name)
    .filter((name) => name !== 'STATUS_UNSPECIFIED');
  assert.deepEqual(STATUSES.map((status) => `STATUS_${status.toUpperCase()}`).sort(), names.sort());
  for (const status of STATUSES) {
    assert.equal(StatusSchema.value[STATUS_MEANING[status].wire]!.name, `STATUS_${status.toUpperCase()}`);
  }
});

const provenances: readonly Provenance[] = [
  { policySet: 'shop', entrypoint: 'shop/allow', revisions: { a: '1', b: '' }, digest: 'ab'.repeat(32) },
  { policySet: '', entrypoint: '', revisions: {}, digest: '' },
  { policySet: 'hr', entrypoint: 'é/ü', revisions: { __proto__x: 'x'.repeat(300) }, digest: 'cd' },
];
const reasonLists: readonly (readonly string[])[] = [[], ['no role'], ['a', '', 'é'.repeat(100)]];
const obligationList: readonly (JsonObject | undefined)[] = [
  undefined,
  { headers: { a: 'b' }, n: [1, null, true] },
];

/** Few objects in many combinations, so that what is kept from one answer meets the next. */
const decisions: fc.Arbitrary<Decision> = fc.record({
  id: fc.oneof(fc.uuid(), fc.string({ unit: 'grapheme', maxLength: 200 })),
  allowed: fc.boolean(),
  status: fc.constantFrom(...STATUSES),
  json: fc.constantFrom('true', undefined),
  reasons: fc.constantFrom(...reasonLists),
  obligations: fc.constantFrom(...obligationList),
  provenance: fc.constantFrom(...provenances),
  cached: fc.boolean(),
  cacheOff: fc.boolean(),
  cacheable: fc.boolean(),
  validUntilMs: fc.oneof(
    fc.constantFrom(Number.POSITIVE_INFINITY, 0, 1, 999, 1000, 127_999, 128_000),
    fc.integer({ min: 0, max: 253_402_300_799_999 }),
  ),
  evaluationMs: fc.double({ min: 0, max: 5_000, noNaN: true }),
  failure: fc.constant(undefined),
});

function assertEqual(message: DecisionMessage | undefined, decision: Decision): void {
  assert.ok(message !== undefined);
  const { $typeName: _, provenance, validUntil, ...rest } = message;
  assert.deepEqual(rest, {
    decisionId: decision.id,
    allowed: decision.allowed,
    status: STATUS_MEANING[decision.status].wire,
    reasons: decision.reasons,
    cached: decision.cached,
    cacheable: decision.cacheable,
    ...(decision.obligations !== undefined && { obligations: decision.obligations }),
  });
  assertProvenance(provenance, decision.provenance);
  assert.equal(untilMs(validUntil), decision.validUntilMs);
}

/** Infinity when there is no limit. */
const untilMs = (validUntil: DecisionMessage['validUntil']): number =>
  validUntil === undefined ? Number.POSITIVE_INFINITY : timestampMs(validUntil);

function assertProvenance(message: DecisionMessage['provenance'], provenance: Provenance): void {
  assert.ok(message !== undefined);
  const { $typeName: _, ...rest } = message;
  assert.deepEqual(rest, { ...provenance });
}

test('the generated schema reads every answer', () => {
  fc.assert(
    fc.property(decisions, (decision) => {
      assertEqual(fromBinary(CheckResponseSchema, writeCheckResponse(decision)).decision, decision);
    }),
    { numRuns: 500 },
  );
});

test('a batch holds every answer in its place', () => {
  fc.assert(
    fc.property(fc.array(decisions, { maxLength: 20 }), (list) => {
      const { decisions: messages } = fromBinary(BatchCheckResponseSchema, writeBatchResponse(list));
      assert.equal(messages.length, list.length);
      list.forEach((decision, index) => assertEqual(messages[index], decision));
    }),
  );
});

test('a decision that does not allow is never sent as one that does', () => {
  const { provenance } = decisionOf();
  for (const allowed of [true, false, true]) {
    const bytes = writeCheckResponse(decisionOf({ allowed, status: 'allowed', cached: true, provenance }));
    assert.equal(fromBinary(CheckResponseSchema, bytes).decision?.allowed, allowed);
  }
});

const LIMITS: readonly (readonly [validUntilMs: number, told: number, why: string])[] = [
  [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 'none known'],
  [1_800_000_000_000, 1_800_000_000_000, 'a whole second'],
  [1_800_000_000_001, 1_800_000_000_001, 'a millisecond'],
  [1_800_000_000_000.9, 1_800_000_000_000, 'less than a millisecond: never later than it is'],
  [1e18, 253_402_300_799_999, 'beyond what a Timestamp can say'],
  [-5, 0, 'before 1970'],
];

test('how long an answer may be kept is told, by Check, BatchCheck and Evaluate alike', () => {
  for (const [validUntilMs, expected, why] of LIMITS) {
    for (const cacheable of [true, false]) {
      const decision = decisionOf({ validUntilMs, cacheable, reasons: ['x'], cached: true });
      const batch = fromBinary(BatchCheckResponseSchema, writeBatchResponse([decision, decision]));
      const evaluated = fromBinary(EvaluateResponseSchema, writeEvaluateResponse(decision));
      for (const message of [...batch.decisions, evaluated]) {
        assert.deepEqual([untilMs(message.validUntil), message.cacheable], [expected, cacheable], why);
      }
    }
  }
});

test('answers from one cached outcome may be kept differently long', () => {
  const { provenance } = decisionOf();
  for (const reasons of [[], ['one array']]) {
    for (const [validUntilMs, cacheable] of [
      [5_000, true],
      [6_000, true],
      [Number.POSITIVE_INFINITY, false],
    ] as const) {
      const bytes = writeCheckResponse(
        decisionOf({ cached: true, provenance, reasons, validUntilMs, cacheable }),
      );
      const { decision } = fromBinary(CheckResponseSchema, bytes);
      assert.deepEqual([untilMs(decision?.validUntil), decision?.cacheable], [validUntilMs, cacheable]);
    }
  }
});

test('evaluate: value, undefined, and how long it took', () => {
  const table: readonly (readonly [
    Partial<Decision>,
    string | undefined,
    number | undefined,
    number | undefined,
  ])[] = [
    [{ json: '{"a":1.0}', evaluationMs: 1.5 }, '{"a":1.0}', 0, 1_500_000],
    [{ json: undefined, evaluationMs: 2_000.25 }, undefined, 2, 250_000],
    [{ json: '"é"', evaluationMs: 999.9999999 }, '"é"', 1, 0],
    [{ json: 'false', cached: true, evaluationMs: 0 }, 'false', undefined, undefined],
  ];
  for (const [overrides, json, seconds, nanos] of table) {
    const decision = decisionOf(overrides);
    const message = fromBinary(EvaluateResponseSchema, writeEvaluateResponse(decision));
    assert.equal(message.valueJson && new TextDecoder().decode(message.valueJson), json);
    assert.equal(message.evaluationTime && Number(message.evaluationTime.seconds), seconds);
    assert.equal(message.evaluationTime?.nanos, nanos);
    assert.equal(message.cached, decision.cached);
    assert.equal(message.decisionId, decision.id);
    assertProvenance(message.provenance, decision.provenance);
  }
});

test('the numbers of the wire stay as they are', () => {
  assert.deepEqual(
    STATUSES.map((status) => [status, STATUS_MEANING[status].wire]),
    [
      ['allowed', Status.ALLOWED],
      ['denied', 2],
      ['undefined', 3],
      ['not_a_decision', 4],
      ['evaluation_failed', 5],
      ['timeout', 6],
      ['input_invalid', 7],
      ['input_too_large', 8],
      ['unknown_policy_set', 9],
      ['unknown_entrypoint', 10],
      ['not_ready', 11],
      ['cancelled', 12],
    ],
  );
});
