/** What a generated expression may refer to, and the grammar, each part of which is made of the others. */
import type { Choices } from './rego-choices.ts';

/** What an expression gives when it is defined; what comes from the input may be of another type. */
export type Type =
  | 'number'
  | 'string'
  | 'boolean'
  | { readonly array: Type }
  | { readonly set: Type }
  | { readonly object: Type };

export interface Named {
  readonly name: string;
  readonly type: Type;
}

/** What the parts of a policy are written by. */
export interface Grammar {
  readonly expression: (scope: Scope, type: Type, depth: number) => string;
  readonly condition: (scope: Scope, depth: number) => string;
  readonly body: (scope: Scope) => Body;
}

/** Statements, one a line, and the scope behind them. */
export interface Body {
  readonly text: string;
  readonly inner: Scope;
}

export interface Scope {
  readonly grammar: Grammar;
  readonly choices: Choices;
  /**
   * Nothing is generated in which modules are known to answer otherwise than OPA without a sign in the plan: no fractions, of
   * which `min` may give another form. See docs/module-differences.md.
   */
  readonly careful: boolean;
  readonly variables: readonly Named[];
  /** Grows as rules are written. */
  readonly rules: Named[];
  readonly functions: { readonly name: string; readonly from: readonly Type[]; readonly to: Type }[];
  /** How many comprehensions this is inside of. */
  readonly depth: number;
  /** How many loops this is inside of: their product is what an evaluation costs. */
  readonly loops: number;
}

export const SCALARS: readonly ('number' | 'string' | 'boolean')[] = ['number', 'string', 'boolean'];

export const TYPES: readonly Type[] = [
  ...SCALARS,
  { array: 'number' },
  { array: 'string' },
  { set: 'string' },
  { set: 'number' },
  { object: 'number' },
  { object: 'string' },
];

/** Collections of collections. */
export const NESTED: readonly Type[] = [
  { array: { set: 'string' } },
  { array: { array: 'number' } },
  { set: { array: 'string' } },
  { set: { set: 'number' } },
  { object: { set: 'string' } },
  { object: { object: 'number' } },
];

export function same(a: Type, b: Type): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** @param depth how far it may nest; at 0 it is a constant or a reference */
export function expression(scope: Scope, type: Type, depth: number): string {
  return scope.grammar.expression(scope, type, depth);
}

/** A statement that holds or does not. */
export function condition(scope: Scope, depth: number): string {
  return scope.grammar.condition(scope, depth);
}

/** One to three statements. */
export function body(scope: Scope): Body {
  return scope.grammar.body(scope);
}
