import assert from 'node:assert/strict';
import { test } from 'node:test';
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
  type Stmt,
  scan,
  set,
  stmts,
  string,
} from '../../../test/support/written-plan.ts';

const flows: [what: string, entry: readonly Stmt[], expected: string | undefined][] = [
  ['nop does nothing', [['NopStmt'], int(2, 1)], '1'],
  ['an undefined statement leaves its block only', [int(2, 1), block([FALSE, int(2, 2)])], '1'],
  ['the next block goes on', [block([FALSE], [int(2, 3)])], '3'],
  ['break 0 leaves its block', [int(2, 1), block([leave(0), int(2, 2)], [int(3, 0)])], '1'],
  ['break 1 leaves the block around, too', [int(2, 1), block([block([leave(1)]), int(2, 2)], [])], '1'],
  ['break 1 leaves out the other blocks', [int(2, 1), block([block([leave(1)], [int(2, 2)])], [])], '1'],
  ['break 2 leaves the whole', [int(2, 1), block([block([leave(2)])]), int(2, 2)], undefined],
  ['not of what is undefined', [int(2, 1), ['NotStmt', { block: stmts([FALSE]) }]], '1'],
  ['not of what ends', [int(2, 1), ['NotStmt', { block: stmts([['NopStmt']]) }]], undefined],
  ['not leaves by a break', [int(2, 1), block([['NotStmt', { block: stmts([leave(1)]) }], int(2, 2)])], '1'],
  ['undefined equals undefined only', [int(2, 1), ['EqualStmt', { a: local(5), b: local(6) }]], '1'],
  ['undefined differs from a value', [int(2, 1), ['NotEqualStmt', { a: local(2), b: local(6) }]], '1'],
  [
    'a lookup in what is undefined',
    [['DotStmt', { source: local(5), key: string('k'), target: 2 }]],
    undefined,
  ],
  [
    'a local that is reset',
    [int(2, 1), ['ResetLocalStmt', { target: 2 }], ['IsDefinedStmt', { source: 2 }]],
    undefined,
  ],
  [
    'a scan of the input goes on after each element',
    [
      ['MakeArrayStmt', { target: 2, capacity: 0 }],
      scan([['ArrayAppendStmt', { array: 2, value: local(4) }], FALSE]),
    ],
    '[7,8]',
  ],
  ['a break of 1 ends the scan', [int(2, 0), scan([set(2, local(4)), leave(1)]), ['NopStmt']], '7'],
  ['a break of 2 leaves the block around', [int(2, 0), scan([set(2, local(4)), leave(2)])], undefined],
  [
    'merging with nothing',
    [
      ['MakeSetStmt', { target: 3 }],
      ['ObjectMergeStmt', { a: 9, b: 3, target: 2 }],
    ],
    '[]',
  ],
  [
    'with puts the document back, also when its block is left',
    [
      block([['WithStmt', { local: 0, path: [], value: string('k'), block: stmts([FALSE]) }]]),
      set(2, local(0)),
    ],
    '[7,8]',
  ],
  [
    'a dynamic call of nothing',
    [int(2, 1), block([['CallDynamicStmt', { args: [0, 1], path: [string('x')], result: 2 }], int(2, 2)])],
    '1',
  ],
];
for (const [what, entry, expected] of flows) {
  test(what, () => assert.equal(answer(evaluatorOf(entry), '[7,8]'), expected));
}

test('a function returns from any depth, and is undefined without a return', () => {
  const funcs: Func[] = [
    {
      name: 'f',
      blocks: [
        [int(2, 5), scan([block([['ReturnLocalStmt', { source: 2 }]])])],
        [int(2, 6), ['ReturnLocalStmt', { source: 2 }]],
      ],
    },
    { name: 'g', blocks: [[int(2, 5)]] },
  ];
  assert.equal(answer(evaluatorOf([call('f', [0, 1], 2)], { funcs }), '[1]'), '5');
  assert.equal(answer(evaluatorOf([call('f', [0, 1], 2)], { funcs }), '[]'), '6');
  assert.equal(answer(evaluatorOf([call('g', [0, 1], 2)], { funcs })), undefined);
});

test('a dynamic call without a value leaves three blocks more', () => {
  const funcs: Func[] = [
    { name: 'f', path: ['g0', 'p'], blocks: [[['ReturnLocalStmt', { source: 2 }]]] },
    { name: 'g', path: ['g0', 'x'], blocks: [[int(2, 5), ['ReturnLocalStmt', { source: 2 }]]] },
  ];
  const entry = (name: string): Stmt[] => [
    int(2, 1),
    block([
      block([
        block([['CallDynamicStmt', { args: [0, 1], path: [string('g0'), string(name)], result: 2 }]], []),
        int(3, 1),
      ]),
    ]),
  ];
  assert.equal(answer(evaluatorOf(entry('p'), { funcs })), undefined);
  assert.equal(answer(evaluatorOf(entry('x'), { funcs })), '5');
});

test('no input is not null', () => {
  const evaluator = evaluatorOf([int(2, 1), ['IsUndefinedStmt', { source: 0 }]]);
  const inputs = [undefined, 'null', 'false', '0', '""', '{}'];
  assert.deepEqual(
    inputs.map((input) => answer(evaluator, input)),
    ['1', undefined, undefined, undefined, undefined, undefined],
  );
});
