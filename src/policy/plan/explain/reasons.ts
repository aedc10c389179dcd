import type { ClauseTrace, Explanation, ExpressionTrace, RuleTrace } from './explanation.ts';

/** A condition that kept a rule from having another value. */
export interface Reason {
  /** The rule that it stands in. */
  readonly rule: string;
  readonly expression: ExpressionTrace;
}

/**
 * The shortest answer to "why not": the conditions at which the clauses failed that could have given another value, deepest
 * rule first found, each once. Rules that were asked and had a value are not looked into.
 */
export function reasonsOf({ rules, roots }: Explanation, maxReasons: number): Reason[] {
  const reasons: Reason[] = [];
  const seen = new Set<number>();
  const visit = (index: number, isRoot: boolean): boolean => {
    const rule = rules[index];
    if (rule === undefined || !(isRoot || isNo(rule))) return false;
    if (seen.has(index)) return true;
    seen.add(index);
    // Of a function, definitions for other arguments say nothing where one is for these.
    const beyondHead = rule.clauses.some(({ expressions }) => expressions.some(isFailed));
    for (const clause of rule.clauses) {
      if (!beyondHead || clause.outcome !== 'failed' || clause.expressions.some(isFailed))
        visitClause(rule, clause);
    }
    return true;
  };
  const visitClause = (rule: RuleTrace, clause: ClauseTrace): void => {
    if (clause.outcome === 'skipped' || clause.kind === 'default') return;
    if (clause.outcome === 'held') {
      for (const asked of [clause.head, ...clause.expressions].flatMap(rulesOf)) visit(asked, false);
      return;
    }
    const blocking = blockingOf(clause);
    if (blocking === undefined) return;
    const below = rulesOf(blocking).map((asked) => visit(asked, false));
    if (!below.includes(true)) reasons.push({ rule: rule.name, expression: blocking });
  };
  for (const root of roots) visit(root, true);
  return reasons.slice(0, maxReasons);
}

/** Where a clause that failed got no further; the head, where its arguments do not match or it has no value. */
function blockingOf({ head, expressions }: ClauseTrace): ExpressionTrace | undefined {
  // Conditions before it held; those after it were not reached.
  return expressions.find(isFailed) ?? (head.samples.length > 0 ? head : undefined);
}

const isFailed = ({ outcome }: ExpressionTrace): boolean => outcome === 'failed';

function rulesOf({ rules, body }: ExpressionTrace): number[] {
  return [...rules, ...body.flatMap(rulesOf)];
}

/** Undefined, false, an empty set or object, or the value of a default. */
function isNo({ value, clauses }: RuleTrace): boolean {
  if (value === undefined || value === 'false' || value === 'set()' || value === '{}') return true;
  return clauses.some(({ kind, outcome }) => kind === 'default' && outcome === 'held');
}
