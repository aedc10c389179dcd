/** What a service may put into a question beside the input: why it refuses it, and whether it can carry the answer out. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_INPUT_VIEW } from '../src/decision/json-view.ts';
import { PortcullisError } from '../src/errors.ts';
import { type Footprint, FULL, type ReadTree, WHOLE } from '../src/policy/plan/footprint.ts';
import type { Projector } from '../src/policy/projection/projection.ts';
import { activate, descriptor, evaluation, question, setUp } from './support/engine.ts';

test('an answer that the API cannot carry out is a denial each time, cached or not, and recorded as one', async () => {
  const { engine, plane, events, evaluations } = await setUp(() => evaluation('true'));
  await activate(plane, descriptor('shop'));
  const verify = (): never => {
    throw new PortcullisError('obligations_invalid', 'no such header');
  };
  const expected = ['not_a_decision', 'obligations_invalid', false];
  for (let count = 0; count < 3; count++) {
    const { allowed, status, json } = await engine.decide(question({ verify }), Number.POSITIVE_INFINITY);
    assert.deepEqual([allowed, status, json], [false, 'not_a_decision', undefined]);
  }
  assert.equal(evaluations(), 1, 'all but the first come from the cache');
  assert.deepEqual(
    events.map(({ status, error, cached }) => [status, error?.code, cached]),
    [expected, expected, expected],
  );
  const { allowed } = await engine.decide(question(), Number.POSITIVE_INFINITY);
  assert.equal(allowed, true, 'an API that can carry it out gets the cached answer');
});

test('that one API can carry a cached answer out says nothing of another', async () => {
  const { engine, plane } = await setUp(() => evaluation('true'));
  await activate(plane, descriptor('shop'));
  let asked = 0;
  const can = (): void => {
    asked++;
  };
  const cannot = (): never => {
    throw new PortcullisError('obligations_invalid', 'no such header');
  };
  const allowed: boolean[] = [];
  for (const verify of [can, can, cannot, can, cannot, cannot]) {
    allowed.push((await engine.decide(question({ verify }), Number.POSITIVE_INFINITY)).allowed);
  }
  assert.deepEqual(allowed, [true, true, false, true, false, false]);
  assert.equal(asked, 2, 'once for the evaluation and once for what was cached');
});

test('a question that the API refuses is recorded with the entrypoint it asks, and nothing is evaluated', async () => {
  const { engine, plane, events, evaluations } = await setUp(() => evaluation('true'));
  await activate(plane, descriptor('shop'));
  const refusal = new PortcullisError('path_ambiguous', 'two slashes');
  const { status, allowed, reasons } = await engine.decide(question({ refusal }), Number.POSITIVE_INFINITY);
  assert.deepEqual([status, allowed, reasons], ['input_invalid', false, ['two slashes']]);
  assert.equal(evaluations(), 0);
  assert.equal(events[0]?.entrypoint, 'a/allow');
});

test('each entrypoint is shown what its footprint sees', async () => {
  const { engine, plane } = await setUp(() => evaluation('true'));
  const whole = (key: string): ReadTree => ({ reads: 0, children: new Map([[key, { reads: FULL }]]) });
  const footprint = (input: ReadTree): Footprint => ({
    input,
    data: WHOLE,
    effects: new Map(),
    clock: 'unread',
    fullReads: [],
  });
  const footprints = new Map([
    ['a/other', footprint(whole('x'))],
    ['a/allow', footprint(whole('y'))],
  ]);
  await activate(plane, descriptor('shop', { footprints }));
  const trees: ReadTree[] = [];
  const input = {
    ...NO_INPUT_VIEW,
    project: (projector: Projector) => {
      trees.push(projector.tree);
      return NO_INPUT_VIEW.project(projector);
    },
  };
  for (const entrypoint of ['a/allow', 'a/other'])
    await engine.decide(question({ entrypoint, input }), Number.POSITIVE_INFINITY);
  assert.deepEqual(trees, [whole('y'), whole('x')]);
});
