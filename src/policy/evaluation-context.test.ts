import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EvaluationContext } from './evaluation-context.ts';

test('errors of builtins are kept once each, and not without end: loops make millions', () => {
  const context = new EvaluationContext({
    randomBytes: (size) => new Uint8Array(size),
    runtime: new Map(),
    onPrint: () => {},
  });
  const errorsOf = (messages: readonly string[]): readonly string[] => {
    context.begin(0);
    for (const message of messages) context.erred(message);
    return context.evaluation(undefined).builtinErrors;
  };
  assert.deepEqual(errorsOf(['a', 'b', 'a']), ['a', 'b']);
  const many = errorsOf(Array.from({ length: 5000 }, (_, index) => `${index}`));
  assert.deepEqual([many.length, many[0], many[99]], [100, '0', '99']);
  assert.deepEqual(errorsOf(['c']), ['c']);
});
