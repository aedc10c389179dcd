/** Plans written by hand, for what no planner makes or what a compiled policy would hide. */
import type { EvaluationTime } from '../../src/policy/evaluator.ts';
import {
  createPlanEvaluator,
  type PlanEvaluator,
  type PlanEvaluatorOptions,
} from '../../src/policy/plan/plan-evaluator.ts';
import { plannedSet } from './rego-plan.ts';

export type Stmt = readonly [type: string, fields?: Record<string, unknown>];
export interface Func {
  readonly name: string;
  readonly params?: readonly number[];
  readonly result?: number;
  readonly path?: readonly string[];
  readonly blocks: readonly (readonly Stmt[])[];
}

const STRINGS = ['result', 'k', 'g0', 'p', 'x'];
export const local = (value: number): object => ({ type: 'local', value });
export const string = (text: string): object => ({ type: 'string_index', value: STRINGS.indexOf(text) });
export const int = (target: number, value: number): Stmt => ['MakeNumberIntStmt', { target, value }];
export const call = (func: string, args: readonly number[], result: number): Stmt => [
  'CallStmt',
  { func, args: args.map(local), result },
];
export const block = (...blocks: readonly (readonly Stmt[])[]): Stmt => [
  'BlockStmt',
  { blocks: blocks.map(stmts) },
];
export const set = (target: number, source: object): Stmt => ['AssignVarStmt', { target, source }];
export const leave = (index: number): Stmt => ['BreakStmt', { index }];
export const FALSE: Stmt = ['EqualStmt', { a: string('k'), b: string('x') }];

export function stmts(all: readonly Stmt[]): object {
  const at = (row: number): object => ({ file: 0, row, col: 1, end_row: row, end_col: 2 });
  return { stmts: all.map(([type, fields], i) => ({ type, stmt: { ...at(i + 1), ...fields } })) };
}

/** The entrypoint `p/answer` gives what is in local 2 at the end of its block. */
export function evaluatorOf(
  entry: readonly Stmt[],
  { funcs = [], ...options }: Partial<PlanEvaluatorOptions> & { readonly funcs?: readonly Func[] } = {},
  data = '{}',
): PlanEvaluator {
  const result: Stmt[] = [
    ['MakeObjectStmt', { target: 90 }],
    ['ObjectInsertStmt', { object: 90, key: string('result'), value: local(2) }],
    ['ResultSetAddStmt', { value: 90 }],
  ];
  const plan = {
    static: {
      strings: STRINGS.map((value) => ({ value })),
      builtin_funcs: [...(options.builtins?.keys() ?? [])].map((name) => ({
        name,
        decl: { type: 'function', ...(name !== 'print' && { result: { type: 'any' } }) },
      })),
      files: [{ value: 'p.rego' }],
    },
    plans: { plans: [{ name: 'p/answer', blocks: [stmts([...entry, ...result])] }] },
    funcs: {
      funcs: funcs.map(({ name, params = [0, 1], result = 2, path, blocks }) => ({
        name,
        params,
        return: result,
        path,
        blocks: blocks.map(stmts),
      })),
    },
  };
  return createPlanEvaluator(plannedSet(Buffer.from(JSON.stringify(plan)), ['p/answer'], data), {
    builtins: new Map(),
    clock: { wallMs: () => 0, monotonicMs: () => 0 },
    ...options,
  });
}

export const TIME: EvaluationTime = { wallMs: 0, deadlineMs: Number.POSITIVE_INFINITY };
export const answer = (evaluator: PlanEvaluator, input?: string): string | undefined =>
  evaluator.evaluate('p/answer', input === undefined ? undefined : Buffer.from(input), TIME).json;

/** A function without arguments of its own, which gives what is in local 2. */
export const rule = (body: readonly Stmt[]): Func => ({
  name: 'r',
  blocks: [body, [['ReturnLocalStmt', { source: 2 }]]],
});

/** Goes through the input: keys in local 3, values in local 4. */
export function scan(body: readonly Stmt[]): Stmt {
  return ['ScanStmt', { source: 0, key: 3, value: 4, block: stmts(body) }];
}
