import type { Block, EntrypointPlan, PlanFunction, PlanLocation, Statement } from '../ir.ts';
import { contains, rootsOf, sameRange } from './ranges.ts';

export type Scan = Extract<Statement, { readonly op: 'Scan' }>;

/** One expression of a source, with the statements that it was planned as. */
export interface ExpressionOutline {
  readonly at: PlanLocation;
  /** Begins it, and ends it: when that passes, the expression holds. */
  first: Statement | undefined;
  last: Statement | undefined;
  /** Expressions inside of it whose values are worth showing, in the order of their evaluation. */
  readonly terms: TermOutline[];
  /** Those of `every` and of comprehensions. */
  body: readonly ExpressionOutline[];
}

/** A part of an expression; `local` has its value once the statement with that order has passed. */
interface TermOutline {
  readonly at: PlanLocation;
  local: number;
  order: number;
}

export interface ClauseOutline {
  readonly kind: 'rule' | 'else' | 'default';
  readonly head: ExpressionOutline;
  readonly expressions: readonly ExpressionOutline[];
  /** Undefined for the first of a chain: it is always tried. */
  readonly guard: Statement | undefined;
}

/** What a statement is for. */
export interface Site {
  readonly expression: ExpressionOutline | undefined;
  /** Within its clause. */
  readonly order: number;
  /** When it is undefined, the expression fails. */
  readonly decides: boolean;
  /** It begins the body of this scan. */
  readonly scan: Scan | undefined;
  /** The scans around it. */
  readonly scans: readonly Scan[];
}

export interface Outline {
  readonly clauses: readonly ClauseOutline[];
  readonly sites: ReadonlyMap<Statement, Site>;
}

const outlines = new WeakMap<PlanFunction | EntrypointPlan, Outline>();

/** What the statements of a rule mean in its source, as OPA's planner lays them out (internal/planner/planner.go, `planRules`). */
export function outlineOf(callee: PlanFunction | EntrypointPlan): Outline {
  let outline = outlines.get(callee);
  if (outline === undefined) outlines.set(callee, (outline = makeOutline(callee)));
  return outline;
}

function makeOutline(callee: PlanFunction | EntrypointPlan): Outline {
  const sites = new Map<Statement, Site>();
  const clauses: ClauseOutline[] = [];
  for (const block of callee.blocks) {
    const [first] = block;
    // A rule with else branches is a block of its own.
    const chain = first?.op === 'Block' && block.length === 1 ? first.blocks : [block];
    chain.forEach((branch, index) => {
      const clause = readClause(branch, index, sites);
      if (clause !== undefined) clauses.push(clause);
    });
  }
  return { clauses, sites };
}

/** Undefined for what the planner adds between clauses. */
function readClause(block: Block, index: number, sites: Map<Statement, Site>): ClauseOutline | undefined {
  const [first] = block;
  const guarded = first?.op === 'IsUndefined';
  const isClause = first?.op === 'ResetLocal' || guarded;
  const scope = readScope(block, undefined);
  if (!isClause || first.at.row === 0) {
    for (const { statement } of scope.items) addSite(sites, statement, undefined, scope, false);
    return undefined;
  }
  const head = newExpression(first.at);
  const roots = rootsOf(
    scope.items.map(({ statement }) => statement.at).filter((at) => !contains(first.at, at)),
  );
  const expressions = roots.map(newExpression);
  assign(scope, [head, ...expressions], sites, guarded ? first : undefined);
  const kind = index > 0 ? 'else' : guarded ? 'default' : 'rule';
  return { kind, head, expressions, guard: guarded ? first : undefined };
}

interface Item {
  readonly statement: Statement;
  readonly order: number;
  readonly inNot: boolean;
  readonly scan: Scan | undefined;
  readonly scans: readonly Scan[];
  /** What is in the blocks of a Block statement, which has its own end. */
  readonly inner: readonly Scope[];
}

interface Scope {
  readonly items: Item[];
  readonly at: PlanLocation | undefined;
}

/** The statements that run one after the other, also in scans, in order; those of blocks apart. */
function readScope(block: Block, at: PlanLocation | undefined): Scope {
  const items: Item[] = [];
  const walk = (statements: Block, inNot: boolean, scans: readonly Scan[], scan: Scan | undefined): void => {
    statements.forEach((statement, index) => {
      const inner: Scope[] = [];
      const own = statement.at.row === 0 ? at : statement.at;
      items.push({
        statement,
        order: items.length,
        inNot,
        scan: index === 0 ? scan : undefined,
        scans,
        inner,
      });
      if (statement.op === 'Scan') walk(statement.block, inNot, [...scans, statement], statement);
      else if (statement.op === 'With') walk(statement.block, inNot, scans, undefined);
      else if (statement.op === 'Not') walk(statement.block, true, scans, undefined);
      else if (statement.op === 'Block') {
        for (const each of statement.blocks) inner.push(readScope(each, own));
      }
    });
  };
  walk(block, false, [], undefined);
  return { items, at };
}

/** Gives each statement to the expression that it stands in. */
function assign(
  scope: Scope,
  expressions: readonly ExpressionOutline[],
  sites: Map<Statement, Site>,
  guard: Statement | undefined,
  fallback?: ExpressionOutline,
): void {
  for (const item of scope.items) {
    const { statement, inNot, order } = item;
    const owner = ownerOf(statement.at, expressions);
    const expression = owner ?? fallback;
    const decides =
      owner !== undefined &&
      !inNot &&
      statement.op !== 'With' &&
      statement.op !== 'Block' &&
      statement !== guard;
    sites.set(statement, { expression, order, decides, scan: item.scan, scans: item.scans });
    if (owner !== undefined) {
      if (statement !== guard) owner.first ??= statement;
      if (decides) owner.last = statement;
      addTerm(owner, statement, order);
    }
    for (const inner of item.inner) assignInner(inner, expression, sites);
  }
}

/** What stands inside of the block's own place are expressions of a body; the rest belongs to the expression around it. */
function assignInner(scope: Scope, around: ExpressionOutline | undefined, sites: Map<Statement, Site>): void {
  const { at } = scope;
  const ranges = scope.items
    .map(({ statement }) => statement.at)
    .filter((each) => each.row > 0 && at !== undefined && contains(at, each) && !sameRange(at, each));
  const body = rootsOf(ranges).map(newExpression);
  if (around !== undefined && body.length > 0) around.body = [...around.body, ...body];
  assign(scope, body, sites, undefined, around);
}

function addTerm({ at, terms }: ExpressionOutline, statement: Statement, order: number): void {
  const local = targetOf(statement);
  if (local === undefined || sameRange(statement.at, at)) return;
  const known = terms.find((term) => sameRange(term.at, statement.at));
  if (known === undefined) terms.push({ at: statement.at, local, order });
  else Object.assign(known, { local, order });
}

/** Where a statement puts a value that the source names. */
function targetOf(statement: Statement): number | undefined {
  if (statement.op === 'AssignVar' || statement.op === 'Dot') return statement.target;
  return statement.op === 'Call' || statement.op === 'CallDynamic' ? statement.result : undefined;
}

function addSite(
  sites: Map<Statement, Site>,
  statement: Statement,
  expression: ExpressionOutline | undefined,
  scope: Scope,
  decides: boolean,
): void {
  const item = scope.items.find((each) => each.statement === statement)!;
  sites.set(statement, { expression, order: item.order, decides, scan: item.scan, scans: item.scans });
  for (const inner of item.inner) {
    for (const each of inner.items) addSite(sites, each.statement, expression, inner, false);
  }
}

function ownerOf(at: PlanLocation, expressions: readonly ExpressionOutline[]): ExpressionOutline | undefined {
  return expressions.find((each) => contains(each.at, at));
}

function newExpression(at: PlanLocation): ExpressionOutline {
  return { at, first: undefined, last: undefined, terms: [], body: [] };
}
