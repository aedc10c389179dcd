import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Decision, Question } from '../src/decision/decision.ts';
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

/** A batch of so many questions that are not in the cache. */
const batchOf = (count: number): Question[] =>
  Array.from({ length: count }, () => question({ noCache: true }));

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('all batches of a turn of the event loop share its 5 ms, and take turns in their order', async () => {
  const { engine, plane, clock, evaluations } = await setUp(() => {
    clock.mono += 1;
    return evaluation('true');
  });
  await activate(plane, descriptor('shop'));
  const batches = Array.from({ length: 100 }, () => engine.decideAll(batchOf(6), Infinity, () => false));
  for (let turns = 0, before = 0; turns < 200 && before < 600; turns++) {
    await turn();
    assert.ok(evaluations() - before <= 10, `${evaluations() - before} evaluations in turn ${turns}`);
    before = evaluations();
  }
  assert.equal(evaluations(), 600);
  for (const batch of batches) assert.equal((await batch).length, 6);
});

test('batches that wait decide a question each in turn', async () => {
  const order: string[] = [];
  const { engine, plane, clock } = await setUp((_entrypoint, input) => {
    clock.mono += 1;
    order.push(JSON.parse(input!));
    return evaluation('true');
  });
  await activate(plane, descriptor('shop'));
  const batches = ['a', 'b', 'c'].map((name) =>
    engine.decideAll(
      Array.from({ length: 8 }, () => question({ json: JSON.stringify(name), noCache: true })),
      Infinity,
      () => false,
    ),
  );
  await Promise.all(batches);
  assert.equal(order.join(''), 'aaaaaabcabcabcbcbcbcbcbc');
});

test('each turn has a slice of its own, long after batches of an earlier one have ended', async () => {
  const { engine, plane, clock, evaluations } = await setUp(() => evaluation('true'));
  await activate(plane, descriptor('shop'));
  for (const decided of [2, 4, 6]) {
    const batch = engine.decideAll(batchOf(2), Infinity, () => false);
    assert.equal(evaluations(), decided, 'the slice is new, and nobody waits');
    await batch;
    await turn();
    clock.mono += 100;
  }
});

test('a short batch does not wait for the end of long ones', async () => {
  const { engine, plane, clock, evaluations } = await setUp(() => {
    clock.mono += 1;
    return evaluation('true');
  });
  await activate(plane, descriptor('shop'));
  const long = Array.from({ length: 4 }, () => engine.decideAll(batchOf(100), Infinity, () => false));
  await engine.decideAll(batchOf(2), Infinity, () => false);
  assert.ok(evaluations() < 40, `${evaluations()} evaluations`);
  await Promise.all(long);
});

test('batches that wait for an evaluation or whose caller has left do not use the turns of others', async () => {
  const { promise, resolve } = Promise.withResolvers<Evaluation>();
  const { engine, plane, clock, evaluations } = await setUp((_entrypoint, input) => {
    clock.mono += 5;
    return input === '"later"' ? promise : evaluation('true');
  });
  await activate(plane, descriptor('shop'));
  let left = false;
  const later = engine.decideAll(
    [question({ json: '"later"', noCache: true }), ...batchOf(2)],
    Infinity,
    () => false,
  );
  const leaving = assert.rejects(
    engine.decideAll(batchOf(2), Infinity, () => left),
    { code: 'cancelled' },
  );
  left = true;
  const third = await engine.decideAll(batchOf(2), Infinity, () => false);
  assert.deepEqual([third.length, evaluations()], [2, 3]);
  await leaving;
  resolve(evaluation('true'));
  assert.equal((await later).length, 3);
});

test('one batch that takes less than a slice is decided at once', async () => {
  const { engine, plane, evaluations } = await setUp(() => evaluation('true'));
  await activate(plane, descriptor('shop'));
  const batch = engine.decideAll(batchOf(1000), Infinity, () => false);
  assert.equal(evaluations(), 1000);
  assert.equal((await batch).length, 1000);
});
