import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ERRORS, type ErrorCode, PortcullisError } from '../errors.ts';
import type { DecisionStatus } from './decision.ts';
import { failed, interpret } from './outcome.ts';

test('only true, and an object whose allowed is true, allow', () => {
  const table: [json: string | undefined, DecisionStatus][] = [
    ['true', 'allowed'],
    ['false', 'denied'],
    [undefined, 'undefined'],
    ['{"allowed":true}', 'allowed'],
    ['{"allowed":false}', 'denied'],
    ['{"allowed":1}', 'not_a_decision'],
    ['{"allowed":"true"}', 'not_a_decision'],
    ['{"allowed":null}', 'not_a_decision'],
    ['{"allow":true}', 'not_a_decision'],
    ['{}', 'not_a_decision'],
    ['null', 'not_a_decision'],
    ['1', 'not_a_decision'],
    ['"true"', 'not_a_decision'],
    ['[true]', 'not_a_decision'],
    ['[]', 'not_a_decision'],
    ['{"__proto__":{"allowed":true}}', 'not_a_decision'],
    [`{"allowed":true,"deep":${'['.repeat(5000)}${']'.repeat(5000)}}`, 'not_a_decision'],
  ];
  for (const [json, status] of table)
    assert.equal(interpret(json).status, status, json?.slice(0, 60) ?? 'no value');
});

test('reasons and obligations come from the object', () => {
  const outcome = interpret(
    '{"allowed":false,"reason":"closed","reasons":["late",7,"lost"],"headers":{"x-n":1.0},"http_status":451}',
  );
  assert.deepEqual(outcome.reasons, ['closed', 'late', 'lost']);
  assert.equal(JSON.stringify(outcome.obligations), '{"headers":{"x-n":1.0},"http_status":451}');
  assert.equal(interpret('{"allowed":true,"reason":"ok"}').obligations, undefined);
});

test('no JSON value but the two allowing forms allows', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value: unknown) => {
      const allowing =
        value === true ||
        (typeof value === 'object' &&
          value !== null &&
          !Array.isArray(value) &&
          (value as { allowed?: unknown }).allowed === true);
      assert.equal(interpret(JSON.stringify(value)).status === 'allowed', allowing);
    }),
  );
});

test('every error code denies', () => {
  for (const code of Object.keys(ERRORS) as ErrorCode[]) {
    const { status, json, reasons } = failed(new PortcullisError(code, 'secret'));
    assert.notEqual(status, 'allowed');
    assert.equal(json, undefined);
    assert.equal(reasons.length > 0, /^(input|unknown)_/.test(status), `${code}: ${status}`);
  }
});
