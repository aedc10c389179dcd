import type { RegoValue } from '../../value.ts';
import type { Plan, PlanLocation } from '../ir.ts';
import { ARRAY, OBJECT, SET, union } from './abstract.ts';
import { Analysis, type Reached } from './analysis.ts';

/** A place where OPA's compiled module may answer otherwise than OPA. */
export interface PlanFinding {
  /**
   * `order`: the answer can depend on the order in which elements of a set or an object are gone through. OPA sorts them, modules
   * follow their hash order: `[x | some x in {"a", "b", "c"}][0]` is "a" in OPA and "c" in a module.
   * `integer_key`: base data are asked by a number where the key is its text, or the other way round; modules find nothing.
   */
  readonly kind: 'order' | 'integer_key';
  readonly at: PlanLocation;
  /** It happens in any case. Otherwise it depends on what the input and the arguments are. */
  readonly certain: boolean;
  /** One sentence for the author. */
  readonly message: string;
}

/**
 * Finds, by entrypoint, where the module may answer otherwise than OPA; the plan evaluator does not. Those that are certain come first;
 * entrypoints without findings are left out. What the analysis does not understand counts as depending on the order.
 * @param data the base data that the policies are evaluated with: tells arrays from objects
 */
export function planFindings(plan: Plan, data: RegoValue): ReadonlyMap<string, readonly PlanFinding[]> {
  const analysis = new Analysis(plan, data);
  const found = new Map<string, readonly PlanFinding[]>();
  for (const name of plan.entrypoints.keys()) {
    const reached = analysis.entrypoint(name);
    const findings = [...gaveUp(reached), ...orders(reached), ...missedKeys(reached)].sort(bySource);
    if (findings.length > 0) found.set(name, findings);
  }
  return found;
}

const NOWHERE: PlanLocation = { file: '', row: 0, col: 0, endRow: 0, endCol: 0 };

function gaveUp({ complete }: Reached): PlanFinding[] {
  const message = 'the rules are too involved for the analysis: the answer may depend on an order';
  return complete ? [] : [{ kind: 'order', at: NOWHERE, certain: false, message }];
}

function orders({ value }: Reached): PlanFinding[] {
  return Array.from(union(value.inner, value.outer), ({ at, kinds }) => {
    const names = [kinds & SET && 'a set', kinds & OBJECT && 'an object', kinds & ARRAY && 'an array'];
    const what = names.filter((name) => typeof name === 'string').join(' or ');
    const message = `the answer can depend on the order in which this goes through ${what}`;
    return { kind: 'order', at, certain: (kinds & ARRAY) === 0, message };
  });
}

function missedKeys({ walks }: Reached): PlanFinding[] {
  return walks.flatMap((walk) =>
    Array.from(walk.missedKeys, ([{ at }, missed]) => ({ kind: 'integer_key' as const, at, ...missed })),
  );
}

function bySource(a: PlanFinding, b: PlanFinding): number {
  if (a.certain !== b.certain) return a.certain ? -1 : 1;
  if (a.at.file !== b.at.file) return a.at.file < b.at.file ? -1 : 1;
  return a.at.row - b.at.row || a.at.col - b.at.col;
}
