import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plannedSet } from '../../../test/support/rego-plan.ts';
import {
  answer,
  block,
  call,
  evaluatorOf,
  FALSE,
  type Func,
  int,
  leave,
  local,
  rule,
  type Stmt,
  set,
  stmts,
  string,
  TIME,
} from '../../../test/support/written-plan.ts';
import { type Builtin, BuiltinError } from '../builtins/builtin.ts';
import { encodeRego } from '../codec.ts';
import { EvaluationInterrupted } from '../evaluator.ts';
import type { RegoValue } from '../value.ts';
import { createPlanEvaluator, type PlanEvaluator } from './plan-evaluator.ts';
import type { PlanTracer } from './tracer.ts';

function counting(): { readonly builtins: Map<string, Builtin>; calls: number } {
  const counter: ReturnType<typeof counting> = {
    calls: 0,
    builtins: new Map<string, Builtin>([
      ['tick', { name: 'tick', effects: ['clock'], call: () => ++counter.calls }],
      ['print', { name: 'print', effects: ['print'], call: () => undefined }],
      [
        'fail',
        {
          name: 'fail',
          effects: [],
          call: (_context, halt) => {
            throw new BuiltinError('it failed', { halt: halt === 'x' });
          },
        },
      ],
    ]),
  };
  return counter;
}

test('a rule is evaluated once for the same documents, a function for each call', () => {
  const counter = counting();
  const funcs = [
    rule([call('tick', [], 2)]),
    { ...rule([call('tick', [], 2)]), name: 'f', params: [0, 1, 3] },
  ];
  const inside = (body: readonly Stmt[], value: object): Stmt => [
    'WithStmt',
    { local: 0, path: [1], value, block: stmts(body) },
  ];
  const ask = (entry: readonly Stmt[]): number => {
    counter.calls = 0;
    answer(evaluatorOf(entry, { builtins: counter.builtins, funcs }), '{}');
    return counter.calls;
  };
  const r = call('r', [0, 1], 2);
  assert.equal(ask([r, r, r]), 1);
  assert.equal(ask([call('f', [0, 1, 1], 2), call('f', [0, 1, 1], 2)]), 2);
  assert.equal(ask([r, inside([r, r], string('k')), r]), 2);
  const back: Stmt = ['WithStmt', { local: 0, path: [], value: local(5), block: stmts([r]) }];
  assert.equal(ask([r, set(5, local(0)), inside([r, back], string('k'))]), 2);
});

test('an undefined rule is remembered, too', () => {
  const counter = counting();
  const funcs = [rule([call('tick', [], 3)])];
  const ask = call('r', [0, 1], 4);
  answer(evaluatorOf([int(2, 1), block([ask], [ask])], { builtins: counter.builtins, funcs }));
  assert.equal(counter.calls, 1);
});

test('builtins: effects, errors, halts, and those that give nothing', () => {
  const { builtins } = counting();
  const evaluate = (...entry: Stmt[]): ReturnType<PlanEvaluator['evaluate']> =>
    evaluatorOf(entry, { builtins }).evaluate('p/answer', undefined, TIME);
  const ticked = evaluate(call('tick', [], 2));
  assert.deepEqual(ticked.effects, ['clock']);
  assert.equal(JSON.stringify(ticked.nonDeterministic), '{"tick":{"[]":1}}');
  assert.equal(evaluate(int(2, 1), call('print', [2], 3)).json, '1');
  const failed = evaluate(int(2, 1), block([call('fail', [2], 3)]));
  assert.deepEqual([failed.json, failed.builtinErrors], ['1', ['fail: it failed']]);
  assert.throws(() => evaluate(set(3, string('x')), block([call('fail', [3], 3)])), {
    code: 'evaluation_failed',
    message: 'fail: it failed',
  });
});

test('an entrypoint that is not offered', () => {
  assert.throws(() => evaluatorOf([]).evaluate('p/other', undefined, TIME), { code: 'unknown_entrypoint' });
});

test('conflicts name their place', () => {
  const once = (value: number): Stmt[] => [
    int(3, value),
    ['AssignVarOnceStmt', { source: local(3), target: 2 }],
  ];
  assert.equal(answer(evaluatorOf([...once(1), ...once(1)])), '1');
  assert.throws(() => answer(evaluatorOf([...once(1), ...once(2)])), {
    code: 'evaluation_conflict',
    message: 'p.rego:4:1: var assignment conflict',
  });
});

/** A clock that goes on by a millisecond each time it is asked. */
function runningClock(): { wallMs(): number; monotonicMs(): number } {
  let nowMs = 0;
  return { wallMs: () => 0, monotonicMs: () => nowMs++ };
}

const LIST = `[${'1,'.repeat(99)}1]`;
const loops: Stmt = [
  'ScanStmt',
  {
    source: 0,
    key: 3,
    value: 4,
    block: stmts([
      [
        'ScanStmt',
        {
          source: 0,
          key: 5,
          value: 6,
          block: stmts([['ScanStmt', { source: 0, key: 7, value: 8, block: stmts([FALSE]) }]]),
        },
      ],
    ]),
  },
];

test('a long evaluation is interrupted, at its deadline or before', () => {
  const evaluator = evaluatorOf([loops], { clock: runningClock() });
  const run = (time: object): unknown =>
    evaluator.evaluate('p/answer', Buffer.from(LIST), { wallMs: 0, deadlineMs: Infinity, ...time });
  assert.throws(() => run({ deadlineMs: 5 }), { code: 'deadline_exceeded' });
  assert.throws(() => run({ interruptAtMs: 20 }), EvaluationInterrupted);
  assert.throws(() => run({ deadlineMs: 0 }), { code: 'deadline_exceeded', message: /before/ });
});

test('what nests too deeply is refused', () => {
  const evaluator = evaluatorOf([set(2, local(0))], { maxInputDepth: 3 });
  assert.equal(answer(evaluator, '[[[1]]]'), '[[[1]]]');
  assert.throws(() => answer(evaluator, '[[[[1]]]]'), { code: 'evaluation_limit' });
  const chain = Array.from(
    { length: 3000 },
    (_, i): Func => ({ ...rule([call(`f${i + 1}`, [0, 1], 2)]), name: `f${i}` }),
  );
  const funcs = [...chain, { ...rule([int(2, 1)]), name: 'f3000' }];
  assert.throws(() => answer(evaluatorOf([call('f0', [0, 1], 2)], { funcs })), { code: 'evaluation_limit' });
});

test('a set of plans and data that cannot be used is refused', () => {
  const options = { builtins: new Map<string, Builtin>(), clock: { wallMs: () => 0, monotonicMs: () => 0 } };
  const plan = Buffer.from('{"static":{"builtin_funcs":[{"name":"b","decl":{}}]}}');
  const withoutPlan = plannedSet(plan, ['p']);
  const { plan: _, ...module } = withoutPlan.modules[0]!;
  for (const [descriptor, code] of [
    [plannedSet(plan, ['p']), 'bundle_builtin_unknown'],
    [plannedSet(Buffer.from('{"static":{}}'), ['p']), 'bundle_entrypoint_unknown'],
    [{ ...withoutPlan, modules: [module] }, 'bundle_plan_missing'],
    [plannedSet(Buffer.from('{"static":{}}'), [], '{'), 'bundle_data_invalid'],
  ] as const) {
    assert.throws(() => createPlanEvaluator(descriptor, options), { code });
  }
});

test('a tracer sees what happens, in order', () => {
  const { builtins } = counting();
  const funcs = [rule([int(2, 5), FALSE])];
  const entry = [
    call('r', [0, 1], 3),
    call('r', [0, 1], 3),
    block([call('fail', [3], 4)]),
    block([leave(0)]),
    set(2, local(3)),
  ];
  const seen: string[] = [];
  const show = (value: RegoValue | undefined): string => (value === undefined ? 'none' : encodeRego(value));
  const tracer: PlanTracer = {
    enter: ({ name }, args) => seen.push(`enter ${name} ${args.length}`),
    leave: ({ name }, result) =>
      seen.push(`leave ${name} ${result instanceof Set ? 'results' : show(result)}`),
    remembered: ({ name }, result) => seen.push(`remembered ${name} ${show(result)}`),
    step: ({ op, at }) => seen.push(`${op}:${at.row}`),
    undefinedAt: ({ op }) => seen.push(`undefined ${op}`),
    builtin: (name, args, result, error) =>
      seen.push(`${name}(${args.map(show).join()}) ${show(result)} ${error}`),
  };
  const evaluator = evaluatorOf(entry, { builtins, funcs });
  assert.equal(evaluator.trace('p/answer', undefined, TIME, tracer).json, '5');
  assert.deepEqual(seen.slice(0, -3), [
    'enter p/answer 2',
    'Call:1',
    'enter r 2',
    'MakeNumber:1',
    'Equal:2',
    'undefined Equal',
    'ReturnLocal:1',
    'leave r 5',
    'Call:2',
    'remembered r 5',
    'Block:3',
    'Call:1',
    'fail(5) none fail: it failed',
    'undefined Call',
    'Block:4',
    'Break:1',
    'AssignVar:5',
    'MakeObject:6',
  ]);
});

test('keys of input and data are what their own texts say, whatever keys another document had', () => {
  const [earlier, rows] = [
    '[{"s\\\\":true},{"x":1,"s\\\\":true}]',
    '[{"x":1,"s\\"":true},{"x":1,"s\\"":true}]',
  ];
  const sorted = '[{"s\\"":true,"x":1},{"s\\"":true,"x":1}]';
  const [giveInput, giveData] = [[set(2, local(0))], [set(2, local(1))]];
  for (let round = 0; round < 5; round++) {
    const evaluator = evaluatorOf(giveInput);
    JSON.parse(earlier);
    answer(evaluator, earlier);
    assert.equal(answer(evaluator, rows), sorted);
    JSON.parse(earlier);
    assert.equal(answer(evaluatorOf(giveData, {}, `{"d":${rows}}`), '{}'), `{"d":${sorted}}`);
  }
});
