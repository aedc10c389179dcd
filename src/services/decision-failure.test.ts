import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decisionOf } from '../../test/support/services.ts';
import type { DecisionStatus } from '../decision/decision.ts';
import { failed } from '../decision/outcome.ts';
import { type ErrorCode, PortcullisError } from '../errors.ts';
import { failureOf } from './decision-failure.ts';

const SECRET = '/srv/secret/policy.rego:5: object insert conflict';

test('what is wrong with the question is told in so many words; of what went wrong inside only the code', () => {
  const table: readonly (readonly [code: ErrorCode, told: string])[] = [
    ['json_invalid', SECRET],
    ['json_duplicate_key', SECRET],
    ['json_too_large', SECRET],
    ['invalid_request', SECRET],
    ['unknown_policy_set', SECRET],
    ['unknown_entrypoint', SECRET],
    ['evaluation_failed', 'The evaluation failed: evaluation_failed'],
    ['evaluation_conflict', 'The evaluation failed: evaluation_conflict'],
    ['evaluation_limit', 'The evaluation failed: evaluation_limit'],
    ['deadline_exceeded', 'The evaluation failed: deadline_exceeded'],
    ['not_ready', 'The evaluation failed: not_ready'],
    ['internal', 'The evaluation failed: internal'],
  ];
  for (const [code, told] of table) {
    const failure = new PortcullisError(code, SECRET);
    const seen = failureOf(decisionOf({ ...failed(failure), failure }));
    assert.deepEqual([seen?.code, seen?.message, seen?.cause], [code, told, failure]);
  }
});

test('an answer is no failure, and a status that stands for one is, also without its error', () => {
  const table: readonly (readonly [DecisionStatus, ErrorCode | undefined])[] = [
    ['allowed', undefined],
    ['denied', undefined],
    ['undefined', undefined],
    ['not_a_decision', undefined],
    ['timeout', 'deadline_exceeded'],
    ['not_ready', 'not_ready'],
    ['unknown_entrypoint', 'unknown_entrypoint'],
  ];
  for (const [status, code] of table) assert.equal(failureOf(decisionOf({ status }))?.code, code, status);
});
