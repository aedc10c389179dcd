import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Decision } from '../src/decision/decision.ts';
import { PortcullisError } from '../src/errors.ts';
import type { Evaluation } from '../src/policy/evaluator.ts';

import { type Answer, activate, descriptor, evaluation, question, setUp } from './support/engine.ts';

test('a batch answers in order as its questions one by one: cached, denied, failed, of several policy sets, now or later', async () => {
  const answer: Answer = (entrypoint, input) => {
    if (input === '0') throw new PortcullisError('evaluation_conflict', 'conflict');
    if (input === '1') return Promise.reject(new PortcullisError('deadline_exceeded', 'late'));
    const result = evaluation(entrypoint === 'a/other' ? 'false' : input);
    return input === '2' ? Promise.resolve(result) : result;
  };
  const { engine, plane } = await setUp(answer, ['shop', 'bank', 'empty']);
  await activate(plane, descriptor('shop'));
  await activate(plane, descriptor('bank'));
  const asked = fc.record({
    json: fc.oneof(
      fc.constantFrom('0', '1', '2', 'true', 'false', '{', '{"allowed":true,"x":1}'),
      fc.json({ maxDepth: 2 }),
    ),
    policySet: fc.constantFrom('shop', 'bank', 'empty', 'nobody'),
    entrypoint: fc.constantFrom('', 'a/allow', 'a/other', 'a/none'),
    noCache: fc.boolean(),
  });
  const told = ({ status, json, reasons, obligations, provenance, failure }: Decision) => ({
    status,
    json,
    reasons,
    obligations,
    provenance,
    failure: failure?.code,
  });
  await fc.assert(
    fc.asyncProperty(fc.array(asked, { maxLength: 30 }), async (list) => {
      const batch = await engine.decideAll(list.map(question), Infinity, () => false);
      const singles = await Promise.all(
        list.map(async (single) => engine.decide(question(single), Infinity)),
      );
      assert.deepEqual(batch.map(told), singles.map(told));
    }),
  );
});

test('a batch does not see a reload that comes between its questions', async () => {
  const { promise, resolve } = Promise.withResolvers<Evaluation>();
  const { engine, plane } = await setUp((_entrypoint, input) =>
    input === '"wait"' ? promise : evaluation('true'),
  );
  await activate(plane, descriptor('shop'));
  const waiting = [question({ json: '"wait"' }), question({ json: '1' })];
  const batch = engine.decideAll(waiting, Infinity, () => false);
  await activate(plane, descriptor('shop', { revisions: { policy: '2' } }));
  resolve(evaluation('true'));
  assert.deepEqual(
    (await batch).map(({ provenance }) => provenance.revisions['policy']),
    ['1', '1'],
  );
});

test('a batch ends between two questions when its caller has left', async () => {
  const { engine, plane, events, closed, evaluations } = await setUp(() => evaluation('true'));
  await activate(plane, descriptor('shop'));
  const asked = Array.from({ length: 1_000 }, () => question({ noCache: true }));
  for (const [leavesAfter, decided] of [
    [0, 0],
    [3, 3],
  ] as const) {
    const before = evaluations();
    const cancelled = (): boolean => evaluations() - before >= leavesAfter;
    await assert.rejects(engine.decideAll(asked, Infinity, cancelled), { code: 'cancelled' });
    assert.equal(evaluations() - before, decided);
  }
  assert.equal(events.length, 3, 'what was decided is recorded');
  plane.close();
  assert.deepEqual(closed, ['shop@1'], 'no lease is left');
});

test('a batch whose caller leaves after the last answer is answered', async () => {
  const { engine, plane, evaluations } = await setUp(() => evaluation('true'));
  await activate(plane, descriptor('shop'));
  assert.equal((await engine.decideAll([question()], Infinity, () => evaluations() === 1)).length, 1);
});
