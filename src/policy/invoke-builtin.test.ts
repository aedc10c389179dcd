import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PortcullisError } from '../errors.ts';
import { type Builtin, BuiltinError } from './builtins/builtin.ts';
import { EvaluationContext } from './evaluation-context.ts';
import { invokeBuiltin } from './invoke-builtin.ts';

const late = new PortcullisError('deadline_exceeded', 'the deadline passed while a builtin waited');

const THROWN: readonly (readonly [thrown: Error, failure: string | undefined, errors: number])[] = [
  [new BuiltinError('no such thing'), undefined, 1],
  [new BuiltinError('stop', { halt: true }), 'evaluation_failed', 0],
  [new TypeError('a defect'), 'evaluation_failed', 0],
  [late, 'deadline_exceeded', 0],
];

for (const [thrown, failure, errors] of THROWN) {
  test(`a builtin that throws “${thrown.message}” is undefined, and the evaluation ${failure ?? 'goes on'}`, () => {
    const context = new EvaluationContext({
      randomBytes: () => new Uint8Array(),
      runtime: new Map(),
      onPrint: () => undefined,
    });
    context.begin(0);
    const builtin: Builtin = {
      name: 'test.throws',
      effects: [],
      call: () => {
        throw thrown;
      },
    };
    assert.equal(
      invokeBuiltin(context, builtin, [], () => []),
      undefined,
    );
    assert.equal(context.failure?.code, failure);
    assert.equal(context.evaluation(undefined).builtinErrors.length, errors);
  });
}
