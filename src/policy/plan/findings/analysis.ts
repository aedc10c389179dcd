import type { RegoValue } from '../../value.ts';
import { type Block, DATA_LOCAL, INPUT_LOCAL, type Plan } from '../ir.ts';
import { type Abstract, ANY_JSON, join, NO_SITES, NOTHING, ofDocs, type Sites, union } from './abstract.ts';
import { type Callee, FunctionWalk, type WalkContext } from './function-walk.ts';

/** What is known of a function, or of an entrypoint. */
interface Walked {
  readonly walk: FunctionWalk;
  readonly callers: Set<Walked>;
  readonly callees: Set<Walked>;
  readonly blocks: readonly Block[];
}

/** Everything that an entrypoint can do. */
export interface Reached {
  /** What its value can be. */
  readonly value: Abstract;
  /** Its own walk, and those of all functions that it can call. */
  readonly walks: readonly FunctionWalk[];
  /** False when the analysis was given up, so that nothing is known for sure. */
  readonly complete: boolean;
}

/** Each walk adds something to what is known of a function, and that is not much: plans of policies need fewer than ten a function. */
const MAX_WALKS_PER_FUNCTION = 100;

/**
 * A forward analysis of a plan: what each local of each function can be. Functions are joined over all their callers, and walked until
 * nothing more is found out about any.
 */
export class Analysis implements WalkContext {
  readonly plan: Plan;
  readonly data: RegoValue;
  readonly #entry: readonly Abstract[];
  readonly #functions = new Map<string, Walked>();
  readonly #pending = new Set<Walked>();
  #caller: Walked | undefined;
  #walksLeft: number;

  /** @param data the base data that the policies are evaluated with: tells arrays from objects */
  constructor(plan: Plan, data: RegoValue) {
    this.plan = plan;
    this.data = data;
    this.#entry = entryArguments(data);
    this.#walksLeft = MAX_WALKS_PER_FUNCTION * (plan.functions.size + plan.entrypoints.size);
  }

  entrypoint(name: string): Reached {
    const start = this.#walked(this.plan.entrypoints.get(name)!.blocks);
    for (const [local, value] of this.#entry.entries()) start.walk.assign(local, value);
    // Grows while it is gone through.
    for (const walked of this.#pending) {
      if (--this.#walksLeft < 0) break;
      this.#pending.delete(walked);
      this.#caller = walked;
      // Its own loops may have to be walked once more, and those who use its result.
      if (walked.walk.walk(walked.blocks))
        for (const each of [walked, ...walked.callers]) this.#pending.add(each);
    }
    const reached = new Set([start]);
    for (const { callees } of reached) for (const callee of callees) reached.add(callee);
    const walks = Array.from(reached, ({ walk }) => walk);
    return { value: start.walk.result, walks, complete: this.#walksLeft >= 0 };
  }

  call(name: string, args: readonly Abstract[]): Callee {
    const { params, blocks } = this.plan.functions.get(name)!;
    const called = this.#functions.get(name) ?? this.#walked(blocks);
    this.#functions.set(name, called);
    called.callers.add(this.#caller!);
    this.#caller!.callees.add(called);
    for (const [index, local] of params.entries()) {
      if (called.walk.assign(local, args[index] ?? ANY_JSON)) this.#pending.add(called);
    }
    return called.walk;
  }

  callDynamic(args: readonly Abstract[], path: readonly (string | undefined)[]): Callee {
    let result: Abstract = NOTHING;
    let control: Sites = NO_SITES;
    for (const { name, path: known } of this.plan.functions.values()) {
      if (!mayBe(known, path)) continue;
      const called = this.call(name, args);
      result = join(result, called.result);
      control = union(control, called.control);
    }
    return { result, control };
  }

  #walked(blocks: readonly Block[]): Walked {
    const walked = {
      walk: new FunctionWalk(this),
      callers: new Set<Walked>(),
      callees: new Set<Walked>(),
      blocks,
    };
    this.#pending.add(walked);
    return walked;
  }
}

/** The input is anything of JSON; data are documents that are known. */
function entryArguments(data: RegoValue): Abstract[] {
  const args: Abstract[] = [];
  args[INPUT_LOCAL] = ANY_JSON;
  args[DATA_LOCAL] = ofDocs([data]);
  return args;
}

/** A dynamic call finds the longest function path that its own begins with. */
function mayBe(path: readonly string[] | undefined, asked: readonly (string | undefined)[]): boolean {
  return (
    path !== undefined &&
    path.length <= asked.length &&
    path.every((segment, index) => asked[index] === undefined || asked[index] === segment)
  );
}
