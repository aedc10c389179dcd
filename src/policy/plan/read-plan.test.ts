import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ExactNumber } from '../value.ts';
import type { Plan } from './ir.ts';
import { readPlan } from './read-plan.ts';

const AT = { file: 0, row: 3, col: 4, end_row: 3, end_col: 9 };

interface Written {
  readonly stmts?: readonly [type: string, fields: Record<string, unknown>][];
  readonly strings?: readonly string[];
  readonly change?: Record<string, unknown>;
}

function planOf({ stmts = [], strings = [], change = {} }: Written): Plan {
  const block = { stmts: stmts.map(([type, fields]) => ({ type, stmt: { ...AT, ...fields } })) };
  const plan = {
    static: {
      strings: strings.map((value) => ({ value })),
      builtin_funcs: [
        { name: 'count', decl: { args: [], result: { type: 'number' }, type: 'function' } },
        { name: 'internal.print', decl: { args: [], type: 'function' } },
      ],
      files: [{ value: 'a.rego' }],
    },
    plans: { plans: [{ name: 'a/b', blocks: [block] }] },
    funcs: { funcs: [{ name: 'f', params: [0, 1], return: 2, blocks: null, path: ['g0', 'f'] }] },
    unplanned_rules: [{ path: 'data.a.c', location: AT }],
    ...change,
  };
  return readPlan(Buffer.from(JSON.stringify(plan)));
}

const local = (value: number): object => ({ type: 'local', value });

test('tables, functions and places', () => {
  const plan = planOf({ stmts: [['MakeNullStmt', { target: 7 }]] });
  assert.deepEqual(plan.builtins, ['count', 'internal.print']);
  assert.deepEqual([...plan.resultTypes.keys()], ['count']);
  assert.deepEqual(plan.functions.get('f'), {
    name: 'f',
    params: [0, 1],
    result: 2,
    path: ['g0', 'f'],
    blocks: [],
    locals: 3,
  });
  const at = { file: 'a.rego', row: 3, col: 4, endRow: 3, endCol: 9 };
  assert.deepEqual(plan.entrypoints.get('a/b'), {
    name: 'a/b',
    blocks: [[{ op: 'MakeNull', at, target: 7 }]],
    locals: 8,
  });
  assert.deepEqual(plan.unplanned, [{ path: 'data.a.c', at }]);
});

test('numbers are exact', () => {
  const plan = planOf({
    strings: ['12345678901234567890', '1.0', '.5'],
    stmts: [
      ['MakeNumberRefStmt', { Index: 0, target: 2 }],
      ['MakeNumberRefStmt', { Index: 0, index: 1, target: 2 }],
      ['MakeNumberRefStmt', { index: 2, target: 2 }],
      ['MakeNumberIntStmt', { value: -7, target: 2 }],
    ],
  });
  const values = plan.entrypoints
    .get('a/b')!
    .blocks[0]!.map((each) => each.op === 'MakeNumber' && each.value);
  assert.deepEqual(values, [new ExactNumber('12345678901234567890'), new ExactNumber('1.0'), 0.5, -7]);
});

test('a reference into the data is followed until a local is set to something else', () => {
  const dot = (source: number, target: number): [string, object] => [
    'DotStmt',
    { source: local(source), key: { type: 'string_index', value: 0 }, target },
  ];
  const { blocks } = planOf({
    strings: ['k'],
    stmts: [
      dot(1, 3),
      dot(3, 4),
      ['ScanStmt', { source: 4, key: 5, value: 6, block: { stmts: [] } }],
      dot(6, 7),
      dot(0, 8),
      ['AssignVarStmt', { source: local(7), target: 9 }],
      dot(9, 10),
      ['AssignVarStmt', { source: local(0), target: 3 }],
      dot(3, 11),
    ] as [string, Record<string, unknown>][],
  }).entrypoints.get('a/b')!;
  const walked = blocks[0]!.flatMap((each) => (each.op === 'Dot' ? [each.inData] : []));
  assert.deepEqual(walked, [true, true, true, false, false, false]);
});

const refused: [what: string, written: Written, message: RegExp][] = [
  ['a statement of another version', { stmts: [['LoopStmt', {}]] }, /statement "LoopStmt"/],
  ['a local that is negative', { stmts: [['MakeNullStmt', { target: -1 }]] }, /field "target" is -1/],
  ['a local that is enormous', { stmts: [['MakeNullStmt', { target: 1e9 }]] }, /local 1000000000/],
  ['a local that is missing', { stmts: [['MakeSetStmt', {}]] }, /field "target" is missing/],
  [
    'a string that is not there',
    { stmts: [['MakeNumberRefStmt', { index: 0, target: 2 }]] },
    /string number 0/,
  ],
  ['a file that is not there', { stmts: [['NopStmt', { file: 1 }]] }, /file number 1/],
  [
    'a number that is none',
    { strings: ['x'], stmts: [['MakeNumberRefStmt', { index: 0, target: 2 }]] },
    /number "x"/,
  ],
  [
    'an integer that is not exact',
    { stmts: [['AssignIntStmt', { value: 2 ** 60, target: 2 }]] },
    /not exact/,
  ],
  [
    'an operand of another type',
    { stmts: [['LenStmt', { source: { type: 'float' }, target: 2 }]] },
    /operand "float"/,
  ],
  ['a break out of nothing', { stmts: [['BreakStmt', { index: 1 }]] }, /out of 2 blocks where 1 are open/],
  ['a call of nothing', { stmts: [['CallStmt', { func: 'g', args: [], result: 2 }]] }, /a call of g/],
  [
    'a call with too few arguments',
    { stmts: [['CallStmt', { func: 'f', args: [local(0)], result: 2 }]] },
    /a call of f with 1 arguments/,
  ],
  ['blocks that are none', { change: { plans: { plans: [{ name: 'a', blocks: [7] }] } } }, /a list holds 7/],
  ['no tables', { change: { static: null } }, /field "static" is null/],
  [
    'a function twice',
    { change: { funcs: { funcs: ['f', 'f'].map((name) => ({ name, params: [], return: 0 })) } } },
    /function f is there twice/,
  ],
];
for (const [what, written, message] of refused) {
  test(`refuses ${what}`, () => {
    assert.throws(() => planOf(written), { code: 'bundle_plan_invalid', message });
  });
}

test('refuses what is no JSON', () => {
  assert.throws(() => readPlan(Buffer.from('{')), { code: 'bundle_plan_invalid' });
  assert.throws(() => readPlan(Buffer.from('[]')), { code: 'bundle_plan_invalid' });
});
