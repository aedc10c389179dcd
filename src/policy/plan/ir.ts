/**
 * OPA's intermediate representation of policies, as read from `plan.json`
 * (https://www.openpolicyagent.org/docs/ir, v1/ir/ir.go). Strings and files are resolved, locals are numbers.
 */
import type { RegoValue } from '../value.ts';

/** Where in the sources a statement comes from; rows and columns count from 1. 0 where the planner knows none. */
export interface PlanLocation {
  /** As the compiler was given it; empty when unknown. */
  readonly file: string;
  readonly row: number;
  readonly col: number;
  readonly endRow: number;
  readonly endCol: number;
}

/** A local by its number, or a constant: a string or a boolean. */
export type Operand = { readonly local: number } | { readonly constant: string | boolean };

/** By convention of the planner: every function's first two arguments. */
export const INPUT_LOCAL = 0;
export const DATA_LOCAL = 1;

/** A sequence of statements; it ends early where one is undefined. */
export type Block = readonly Statement[];

/** Each statement of the IR by its name without `Stmt`. */
export type Statement = { readonly at: PlanLocation } & (
  | { readonly op: 'ArrayAppend'; readonly array: number; readonly value: Operand }
  | { readonly op: 'AssignInt'; readonly value: number; readonly target: number }
  | { readonly op: 'AssignVar' | 'AssignVarOnce'; readonly source: Operand; readonly target: number }
  | { readonly op: 'Block'; readonly blocks: readonly Block[] }
  /** Leaves this many enclosing blocks beyond the innermost one. */
  | { readonly op: 'Break'; readonly index: number }
  | { readonly op: 'Call'; readonly func: string; readonly args: readonly Operand[]; readonly result: number }
  | {
      readonly op: 'CallDynamic';
      readonly args: readonly number[];
      readonly path: readonly Operand[];
      readonly result: number;
    }
  | {
      readonly op: 'Dot';
      readonly source: Operand;
      readonly key: Operand;
      readonly target: number;
      /** The source is base data that a reference such as `data.a[1]` walks, where OPA takes each key for a segment of a path. */
      readonly inData: boolean;
    }
  | { readonly op: 'Equal' | 'NotEqual'; readonly a: Operand; readonly b: Operand }
  | { readonly op: 'IsArray' | 'IsObject' | 'IsSet'; readonly source: Operand }
  | { readonly op: 'IsDefined' | 'IsUndefined'; readonly source: number }
  | { readonly op: 'Len'; readonly source: Operand; readonly target: number }
  | {
      readonly op: 'MakeArray' | 'MakeNull' | 'MakeObject' | 'MakeSet' | 'ResetLocal';
      readonly target: number;
    }
  /** MakeNumberInt and MakeNumberRef. */
  | { readonly op: 'MakeNumber'; readonly value: RegoValue; readonly target: number }
  | { readonly op: 'Nop' }
  | { readonly op: 'Not'; readonly block: Block }
  | {
      readonly op: 'ObjectInsert' | 'ObjectInsertOnce';
      readonly object: number;
      readonly key: Operand;
      readonly value: Operand;
    }
  | { readonly op: 'ObjectMerge'; readonly a: number; readonly b: number; readonly target: number }
  | { readonly op: 'ResultSetAdd'; readonly value: number }
  | { readonly op: 'ReturnLocal'; readonly source: number }
  | {
      readonly op: 'Scan';
      readonly source: number;
      readonly key: number;
      readonly value: number;
      readonly block: Block;
    }
  | { readonly op: 'SetAdd'; readonly set: number; readonly value: Operand }
  | {
      readonly op: 'With';
      readonly local: number;
      readonly path: readonly string[];
      readonly value: Operand;
      readonly block: Block;
    }
);

/** A rule or function of the policies, or a helper that the planner made. */
export interface PlanFunction {
  readonly name: string;
  /** Segments below `data` as CallDynamic looks them up; undefined when it cannot be called so. */
  readonly path: readonly string[] | undefined;
  readonly params: readonly number[];
  readonly result: number;
  readonly blocks: readonly Block[];
  /** How many locals it has: their numbers are below. */
  readonly locals: number;
}

/** One entrypoint. */
export interface EntrypointPlan {
  /** Such as `shop/authz/allow`. */
  readonly name: string;
  readonly blocks: readonly Block[];
  /** How many locals it has: their numbers are below. */
  readonly locals: number;
}

/**
 * A type as the plan declares it (v1/types); `of` is the list of an `any`, or the type of a set's elements; `dynamic` that of an
 * array's elements where it has any number of them, `static` those of its first ones.
 */
export interface DeclaredType {
  readonly type: string;
  readonly of?: DeclaredType | readonly DeclaredType[];
  readonly dynamic?: DeclaredType;
  readonly static?: unknown;
}

export interface Plan {
  readonly entrypoints: ReadonlyMap<string, EntrypointPlan>;
  readonly functions: ReadonlyMap<string, PlanFunction>;
  /** Names of the builtins that it can call, in the plan's order. */
  readonly builtins: readonly string[];
  /** What builtins take, by name. */
  readonly argumentTypes: ReadonlyMap<string, readonly DeclaredType[]>;
  /** What builtins give, by name; those that give nothing (`internal.print`) are left out. */
  readonly resultTypes: ReadonlyMap<string, DeclaredType>;
  readonly files: readonly string[];
  /** Rules that no entrypoint reaches, for coverage. */
  readonly unplanned: readonly { readonly path: string; readonly at: PlanLocation }[];
}
