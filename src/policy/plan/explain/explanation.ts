/** Why an entrypoint answered what it did: plain data, in the order of the sources. Values and texts are cut and masked. */

/** Where something stands in the sources. Rows and columns count from 1; row 0: nowhere. */
export interface Place {
  readonly file: string;
  readonly row: number;
  readonly col: number;
  readonly endRow: number;
}

/** A value as Rego text (JSON, with sets as `{1, 2}`), by the text that it is the value of; undefined where it had none. */
export interface NamedValue {
  readonly name: string;
  readonly value: string | undefined;
}

export interface BuiltinCall {
  readonly name: string;
  readonly args: readonly string[];
  readonly result: string | undefined;
  readonly error: string | undefined;
}

/** One time that an expression was tried. */
export interface Sample {
  readonly held: boolean;
  readonly values: readonly NamedValue[];
  /** The last builtin that was called for it. */
  readonly call: BuiltinCall | undefined;
}

export type ExpressionOutcome = 'held' | 'failed' | 'not_reached';

/** One condition of a clause. */
export interface ExpressionTrace {
  readonly place: Place;
  readonly text: string;
  readonly outcome: ExpressionOutcome;
  /** How often it was tried, and how often it held: more than once inside of a loop, and once for each element that it goes through. */
  readonly tried: number;
  readonly held: number;
  /** The first that failed; where none did, the first that held. */
  readonly samples: readonly Sample[];
  /** Rules that were asked, by their index in `rules` of the explanation. */
  readonly rules: readonly number[];
  /** Builtins that were called, and how often. */
  readonly builtins: Readonly<Record<string, number>>;
  /** What builtins had to say that erred. */
  readonly errors: readonly string[];
  /** Conditions inside of it, as `every` and comprehensions have them. */
  readonly body: readonly ExpressionTrace[];
}

/** `skipped`: an earlier clause gave the value. */
export type ClauseOutcome = 'held' | 'failed' | 'skipped';

/** One definition of a rule. */
export interface ClauseTrace {
  readonly kind: 'rule' | 'else' | 'default';
  readonly outcome: ClauseOutcome;
  /** The head: it is tried first for the arguments of a function, and last for the value. */
  readonly head: ExpressionTrace;
  readonly expressions: readonly ExpressionTrace[];
}

/** One evaluation of a rule or a function. */
export interface RuleTrace {
  /** Such as `data.shop.authz.allow`. */
  readonly name: string;
  /** Arguments of a function; empty for rules. */
  readonly args: readonly string[];
  /** Undefined when it has no value. */
  readonly value: string | undefined;
  readonly clauses: readonly ClauseTrace[];
}

export interface Explanation {
  readonly entrypoint: string;
  /** The value as Rego text, masked; undefined when it has none. */
  readonly value: string | undefined;
  /** Why there is no value: the evaluation failed, and where it was then. */
  readonly error: { readonly code: string; readonly message: string; readonly place: Place } | undefined;
  readonly rules: readonly RuleTrace[];
  /** What the entrypoint itself asked, by index in `rules`. */
  readonly roots: readonly number[];
  /** What was printed, and where. */
  readonly prints: readonly { readonly place: Place; readonly text: string }[];
  /** What was left out because the explanation would have become too large. */
  readonly omitted: { readonly rules: number; readonly samples: number };
}

/** How large an explanation may become. */
export interface ExplanationLimits {
  readonly maxRules: number;
  /** Evaluations of rules that one expression asked and that are shown. */
  readonly maxRulesPerExpression: number;
  readonly maxSamplesPerExpression: number;
  /** Characters of a value. */
  readonly maxValueLength: number;
  /** Characters of the entrypoint's value. */
  readonly maxResultLength: number;
  /** Characters of a piece of source. */
  readonly maxSourceLength: number;
  /** Characters of all values together. */
  readonly maxTotalLength: number;
  readonly maxPrints: number;
}

export const EXPLANATION_LIMITS: ExplanationLimits = {
  maxRules: 400,
  maxRulesPerExpression: 5,
  maxSamplesPerExpression: 3,
  maxValueLength: 200,
  maxResultLength: 8 * 1024,
  maxSourceLength: 400,
  maxTotalLength: 256 * 1024,
  maxPrints: 100,
};
