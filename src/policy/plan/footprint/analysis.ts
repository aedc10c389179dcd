import type { DataDocument } from '../../../json/canonical-text.ts';
import { SCALAR } from '../footprint.ts';
import type { Plan, Statement } from '../ir.ts';
import type { Value } from './atoms.ts';
import { Budget } from './budget.ts';
import { BuiltinCalls } from './builtin-calls.ts';
import { Context } from './context.ts';
import { Lookup } from './lookup.ts';
import { SharedByNodes, TreeNode } from './tree-node.ts';
import { Values } from './values.ts';
import { Walk, type WalkHost } from './walk.ts';

type Of<Op extends Statement['op']> = Statement & { readonly op: Op };

/** A function that is called with more different arguments than these is looked at once more, for all others together. */
const MAX_CONTEXTS = 32;
/** Deeper chains of calls are not followed at once, but when their turn comes. */
const MAX_CALLS_WITHIN = 60;

/** What is known of a function. */
interface Called {
  readonly contexts: Map<string, Context>;
  /** For all other calls; its arguments grow. */
  rest: Context | undefined;
}

/**
 * A forward analysis of a plan: what each function can look at, as it is called. Contexts are walked until nothing more is found out about
 * any of them. Entrypoints share what they call.
 */
export class Analysis implements WalkHost {
  readonly values: Values = new Values();
  readonly lookup: Lookup = new Lookup(this.values);
  readonly budget: Budget = new Budget();
  readonly #plan: Plan;
  readonly #builtins: BuiltinCalls;
  readonly #roots: readonly Value[];
  readonly #functions: Map<string, Called> = new Map();
  readonly #pending: Set<Context> = new Set();
  #callsWithin = 0;

  constructor(plan: Plan, data: DataDocument) {
    this.#plan = plan;
    this.#builtins = new BuiltinCalls(plan, this.values, this.lookup);
    const shared = new SharedByNodes(() => this.values.newId());
    this.#roots = [
      this.values.of(new TreeNode('input', shared, undefined)),
      this.values.of(new TreeNode('data', shared, { data })),
    ];
  }

  /** Everything that each entrypoint can reach: first its own blocks. Throws TooMuch. */
  run(): ReadonlyMap<string, readonly Context[]> {
    const starts = new Map<string, Context>();
    for (const [name, { blocks }] of this.#plan.entrypoints) {
      const start = this.#newContext({ blocks, params: [0, 1] }, this.#roots);
      starts.set(name, start);
      this.#walk(start);
    }
    // Grows while it is gone through.
    for (const context of this.#pending) {
      this.#pending.delete(context);
      this.#walk(context);
    }
    return new Map(Array.from(starts, ([name, start]) => [name, reachedFrom(start)]));
  }

  call(from: Context, statement: Of<'Call'>, args: readonly Value[]): Value | undefined {
    const { func } = statement;
    if (this.#plan.functions.has(func)) return this.#call(from, func, args);
    from.builtins.add(func);
    return this.#builtins.call(from, statement, args);
  }

  /** What the path names at run time is the function whose path it is, or in a module one whose path it begins with. */
  callDynamic(
    from: Context,
    { at }: Of<'CallDynamic'>,
    args: readonly Value[],
    path: readonly Value[],
  ): Value {
    const segments = path.map((segment) => this.lookup.knownScalars(segment, from.observer, at));
    for (const segment of path) from.observer.see(segment, SCALAR, { at, why: 'names a rule' });
    let result = this.values.none;
    for (const { name, params, path: known } of this.#plan.functions.values()) {
      if (known === undefined || known.length > segments.length || params.length !== args.length) continue;
      const fits = known.every((each, i) => segments[i] === undefined || segments[i].includes(each));
      if (fits) result = this.values.join(result, this.#call(from, name, args));
    }
    return result;
  }

  #call(from: Context, name: string, args: readonly Value[]): Value {
    const callee = this.#contextOf(name, args);
    callee.callers.add(from);
    from.callees.add(callee);
    return callee.result;
  }

  #contextOf(name: string, args: readonly Value[]): Context {
    let called = this.#functions.get(name);
    if (called === undefined) this.#functions.set(name, (called = { contexts: new Map(), rest: undefined }));
    const key = args.map(({ id }) => id).join();
    const known = called.contexts.get(key);
    if (known !== undefined) return known;
    const code = this.#plan.functions.get(name)!;
    if (called.contexts.size < MAX_CONTEXTS) {
      const context = this.#newContext(code, args);
      called.contexts.set(key, context);
      this.#walkSoon(context);
      return context;
    }
    const { rest } = called;
    if (rest === undefined) {
      called.rest = this.#newContext(code, args);
      this.#walkSoon(called.rest);
      return called.rest;
    }
    const joined = rest.args.map((arg, i) => this.values.join(arg, args[i]!));
    if (joined.some((arg, i) => arg !== rest.args[i])) {
      rest.args = joined;
      this.#walkSoon(rest);
    }
    return rest;
  }

  #newContext(code: ConstructorParameters<typeof Context>[0], args: readonly Value[]): Context {
    return new Context(code, args, this.values, (context) => this.#pending.add(context));
  }

  #walkSoon(context: Context): void {
    if (this.#callsWithin >= MAX_CALLS_WITHIN || context.walking) {
      this.#pending.add(context);
      return;
    }
    this.#callsWithin++;
    this.#walk(context);
    this.#callsWithin--;
  }

  #walk(context: Context): void {
    this.#pending.delete(context);
    context.walking = true;
    const { result, grew } = new Walk(this, context).run();
    context.walking = false;
    if (grew) this.#pending.add(context);
    const joined = this.values.join(context.result, result);
    if (joined === context.result) return;
    context.result = joined;
    for (const caller of context.callers) this.#pending.add(caller);
  }
}

/** In the order in which they are reached. */
function reachedFrom(start: Context): readonly Context[] {
  const reached = new Set([start]);
  for (const { callees } of reached) for (const callee of callees) reached.add(callee);
  return [...reached];
}
