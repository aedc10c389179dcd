import { systemClock } from '../clock.ts';
import { PortcullisError } from '../errors.ts';
import { BUILTINS } from '../policy/builtins/registry.ts';
import type { PolicySetDescriptor } from '../policy/descriptor.ts';
import { outlineOf } from '../policy/plan/explain/outline.ts';
import { contains, sameRange } from '../policy/plan/explain/ranges.ts';
import type { EntrypointPlan, PlanFunction, PlanLocation, Statement } from '../policy/plan/ir.ts';
import { createPlanEvaluator } from '../policy/plan/plan-evaluator.ts';
import type { PlanTracer } from '../policy/plan/tracer.ts';
import type { DecisionVector } from '../policy/vector-format.ts';
import type { RanElsewhere, SourceRange } from './coverage.ts';

const TIMEOUT_MS = 10_000;

/**
 * Asks the vectors on the plan evaluator and tells which ranges of the sources ran: an expression that was tried, the head of
 * a rule that gave a value. The plan must be made from the text as it was written. A vector that fails counts as far as it came.
 */
export function rangesRunByVectors(
  descriptor: PolicySetDescriptor,
  vectors: readonly DecisionVector[],
): RanElsewhere {
  const evaluator = createPlanEvaluator(descriptor, { builtins: BUILTINS, clock: systemClock });
  const seen = new SeenStatements();
  for (const { entrypoint, inputJson, nowMs } of vectors) {
    const wallMs = nowMs ?? systemClock.wallMs();
    const time = { wallMs, deadlineMs: systemClock.monotonicMs() + TIMEOUT_MS };
    try {
      evaluator.trace(entrypoint, inputJson, time, seen);
    } catch (thrown) {
      if (!(thrown instanceof PortcullisError)) throw thrown;
    }
  }
  return whatRan(seen);
}

/** Keeps which rules were entered and which statements ran. */
class SeenStatements implements PlanTracer {
  readonly callees = new Set<PlanFunction | EntrypointPlan>();
  readonly statements = new Set<Statement>();

  enter(callee: PlanFunction | EntrypointPlan): void {
    this.callees.add(callee);
  }
  step(statement: Statement): void {
    this.statements.add(statement);
  }
  leave(): void {}
  remembered(): void {}
  undefinedAt(): void {}
  builtin(): void {}
}

/** What puts the value of a rule in its place, after all its conditions. */
const DEFINES: ReadonlySet<Statement['op']> = new Set([
  'AssignVarOnce',
  'ObjectInsert',
  'ObjectInsertOnce',
  'SetAdd',
]);

function whatRan({ callees, statements }: SeenStatements): RanElsewhere {
  const heads: Places = new Map();
  const held: Places = new Map();
  const tried: Places = new Map();
  for (const callee of callees) {
    const { clauses, sites } = outlineOf(callee);
    for (const { head } of clauses) add(heads, head.at);
    for (const [statement, { expression }] of sites) {
      const { op, at } = statement;
      // Between clauses stands what the planner adds, at the place of a head that may not have held.
      if (expression === undefined || at.row === 0 || !statements.has(statement)) continue;
      const isHead = clauses.some(({ head }) => head === expression && sameRange(head.at, at));
      if (!isHead) add(tried, at);
      else if (DEFINES.has(op)) add(held, at);
    }
  }
  return (path, range) => {
    const at = locationOf(path, range);
    const given = held.get(path) ?? [];
    if (heads.get(path)?.some((head) => sameRange(head, at)) === true) {
      return given.some((head) => sameRange(head, at));
    }
    // As OPA counts: what stands inside of an expression that was tried ran with it.
    return (
      tried.get(path)?.some((each) => contains(at, each) || contains(each, at)) === true ||
      given.some((head) => contains(head, at))
    );
  };
}

/** By file. */
type Places = Map<string, PlanLocation[]>;

function add(places: Places, at: PlanLocation): void {
  const known = places.get(at.file);
  if (known === undefined) places.set(at.file, [at]);
  else if (!known.some((each) => sameRange(each, at))) known.push(at);
}

function locationOf(file: string, { start, end }: SourceRange): PlanLocation {
  return { file, row: start.row, col: start.col, endRow: end.row, endCol: end.col };
}
