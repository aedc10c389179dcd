import { add, entriesOf } from '../builtins/collections.ts';
import type { RegoSet, RegoValue } from '../value.ts';
import { apply } from './apply.ts';
import { tooDeep } from './faults.ts';
import {
  type Block,
  DATA_LOCAL,
  type EntrypointPlan,
  INPUT_LOCAL,
  type Plan,
  type PlanFunction,
  type Statement,
} from './ir.ts';
import { assign, type Locals, newLocals, pathKey, read, type Value, valueOf } from './locals.ts';
import { Memo } from './memo.ts';
import { afterScan, END, LEFT, type Outcome, outward, RETURN } from './outcome.ts';
import type { PlanTracer } from './tracer.ts';
import { upsert } from './upsert.ts';

type Of<Op extends Statement['op']> = Extract<Statement, { readonly op: Op }>;

const STATEMENTS_PER_LOOK = 2048;
/** Rules cannot call themselves: only a chain of that many rules gets there. */
const MAX_CALL_DEPTH = 2000;

/** What a run asks of its owner. */
export interface RunHost {
  /** The functions by the paths that CallDynamic names. */
  readonly byPath: ReadonlyMap<string, PlanFunction>;
  /** Calls a builtin that the plan names; undefined when it gave no value. */
  invoke(name: string, args: RegoValue[]): Value;
  /** Called every now and then; throws when the time is up. */
  look(): void;
}

/**
 * One evaluation of one entrypoint: what each statement of a plan means (v1/ir/ir.go, https://www.openpolicyagent.org/docs/ir).
 * Sets and objects are gone through in OPA's order.
 */
export class Run {
  readonly #plan: Plan;
  readonly #host: RunHost;
  readonly #tracer: PlanTracer | undefined;
  readonly #results: RegoSet = new Set();
  #memo: Memo;
  /** What the last ReturnLocal gave. */
  #returned: Value;
  #depth = 0;
  #untilLook: number = STATEMENTS_PER_LOOK;
  /** What `with` put into the data, and what was found in that; undefined where it has put nothing. */
  #replaced: Set<Value> | undefined;

  constructor(plan: Plan, host: RunHost, tracer: PlanTracer | undefined) {
    this.#plan = plan;
    this.#host = host;
    this.#tracer = tracer;
    this.#memo = new Memo(undefined, undefined);
  }

  /** Gives the result set of the entrypoint: objects of the query's variables. */
  entrypoint(entrypoint: EntrypointPlan, input: Value, data: RegoValue): RegoSet {
    const locals = newLocals(entrypoint.locals);
    locals[INPUT_LOCAL] = input;
    locals[DATA_LOCAL] = data;
    this.#memo = new Memo(input, data);
    this.#tracer?.enter(entrypoint, [input, data]);
    try {
      for (const block of entrypoint.blocks) this.#block(block, locals);
    } finally {
      this.#tracer?.leave(entrypoint, this.#results);
    }
    return this.#results;
  }

  #block(block: Block, locals: Locals): Outcome {
    for (const statement of block) {
      if (--this.#untilLook === 0) this.#look();
      this.#tracer?.step(statement, locals);
      const outcome = this.#statement(statement, locals);
      if (outcome === END) continue;
      if (outcome >= LEFT && isUndefined(statement)) this.#tracer?.undefinedAt(statement, locals);
      return outcome;
    }
    return END;
  }

  #statement(statement: Statement, locals: Locals): Outcome {
    switch (statement.op) {
      case 'Dot':
        return this.#replaced === undefined
          ? apply(statement, locals)
          : this.#dot(statement, locals, this.#replaced);
      case 'Call':
        return this.#call(statement, locals);
      case 'Block':
        return this.#nested(statement.blocks, locals);
      case 'Scan':
        return this.#scan(statement, locals);
      case 'Break':
        return statement.index;
      case 'ReturnLocal':
        this.#returned = locals[statement.source];
        return RETURN;
      case 'Not': {
        const outcome = this.#block(statement.block, locals);
        if (outcome === END) return LEFT;
        return outcome === LEFT ? END : outward(outcome);
      }
      case 'With':
        return this.#with(statement, locals);
      case 'CallDynamic':
        return this.#callDynamic(statement, locals);
      case 'ResultSetAdd':
        add(this.#results, valueOf({ local: statement.value }, locals, statement));
        return END;
      case 'AssignVar':
      case 'AssignVarOnce':
      case 'AssignInt':
      case 'MakeNumber':
      case 'MakeNull':
      case 'MakeArray':
      case 'MakeObject':
      case 'MakeSet':
      case 'Equal':
      case 'NotEqual':
      case 'IsDefined':
      case 'IsUndefined':
      case 'IsArray':
      case 'IsObject':
      case 'IsSet':
      case 'Len':
      case 'ResetLocal':
      case 'ArrayAppend':
      case 'SetAdd':
      case 'ObjectInsert':
      case 'ObjectInsertOnce':
      case 'ObjectMerge':
      case 'Nop':
      default:
        return apply(statement, locals);
    }
  }

  #nested(blocks: readonly Block[], locals: Locals): Outcome {
    for (const block of blocks) {
      const outcome = this.#block(block, locals);
      if (outcome !== END && outcome !== LEFT) return outward(outcome);
    }
    return END;
  }

  /** In what `with` put into the data, a reference looks up values, and is no path of a store. */
  #dot(statement: Of<'Dot'>, locals: Locals, replaced: Set<Value>): Outcome {
    if (!statement.inData || !replaced.has(read(statement.source, locals))) return apply(statement, locals);
    const outcome = apply({ ...statement, inData: false }, locals);
    replaced.add(locals[statement.target]);
    return outcome;
  }

  #found(scanned: Value, replaced: Set<Value>): void {
    const elements = Array.isArray(scanned) ? scanned : entriesOf(scanned).map(([, element]) => element);
    for (const element of elements) replaced.add(element);
  }

  /** A block that is left goes on with the next element; a break out of it ends the scan, and from there leaves blocks. */
  #scan({ source, key, value: target, block }: Of<'Scan'>, locals: Locals): Outcome {
    const scanned = locals[source];
    if (this.#replaced?.has(scanned)) this.#found(scanned, this.#replaced);
    if (Array.isArray(scanned)) {
      for (let index = 0; index < scanned.length; index++) {
        locals[key] = index;
        locals[target] = scanned[index];
        const outcome = this.#block(block, locals);
        if (outcome !== END && outcome !== LEFT) return afterScan(outcome);
      }
      return END;
    }
    for (const [at, element] of entriesOf(scanned)) {
      locals[key] = at;
      locals[target] = element;
      const outcome = this.#block(block, locals);
      if (outcome !== END && outcome !== LEFT) return afterScan(outcome);
    }
    return END;
  }

  /** Undefined when its block is; the document is as before then, too. */
  #with({ local, path, value: operand, block }: Of<'With'>, locals: Locals): Outcome {
    const before = locals[local];
    const memo = this.#memo;
    const replaced = this.#replaced;
    const replacement = read(operand, locals);
    locals[local] =
      path.length === 0 || replacement === undefined ? replacement : upsert(before, path, replacement);
    // All of the data is only ever put back.
    if (local === DATA_LOCAL && path.length > 0) this.#replaced = new Set([...(replaced ?? []), replacement]);
    this.#memo = memo.within(locals[INPUT_LOCAL], locals[DATA_LOCAL]);
    const outcome = this.#block(block, locals);
    locals[local] = before;
    this.#memo = memo;
    this.#replaced = replaced;
    return outcome > LEFT ? outward(outcome) : outcome;
  }

  #call({ func, args, result }: Of<'Call'>, locals: Locals): Outcome {
    const callee = this.#plan.functions.get(func);
    const values: Locals = [];
    for (const arg of args) values.push(read(arg, locals));
    if (callee !== undefined) return assign(result, this.#apply(callee, values), locals);
    const given = values.includes(undefined) ? undefined : this.#host.invoke(func, values as RegoValue[]);
    return this.#plan.resultTypes.has(func) ? assign(result, given, locals) : END;
  }

  /** A path that names no function is undefined here. A function without a value is undefined where the reference stands: three blocks further out (`compileCallDynamicStmt` in internal/compiler/wasm/wasm.go). */
  #callDynamic({ args, path, result }: Of<'CallDynamic'>, locals: Locals): Outcome {
    const callee = this.#host.byPath.get(pathKey(path.map((segment) => read(segment, locals))));
    if (callee === undefined || callee.params.length !== args.length) return LEFT;
    const given = this.#apply(
      callee,
      args.map((arg) => locals[arg]),
    );
    locals[result] = given;
    return given === undefined ? 3 : END;
  }

  /** Rules, which have the input and the data as their only arguments, are evaluated once. */
  #apply(callee: PlanFunction, args: Locals): Value {
    if (args.length > 2) return this.#evaluate(callee, args);
    const memo = this.#memo;
    if (memo.has(callee)) {
      const known = memo.get(callee);
      this.#tracer?.remembered(callee, known);
      return known;
    }
    const result = this.#evaluate(callee, args);
    memo.set(callee, result);
    return result;
  }

  #evaluate(callee: PlanFunction, args: Locals): Value {
    if (++this.#depth > MAX_CALL_DEPTH) throw tooDeep();
    this.#tracer?.enter(callee, args);
    const locals = newLocals(callee.locals);
    for (let i = 0; i < args.length; i++) locals[callee.params[i] as number] = args[i];
    let result: Value;
    try {
      for (const block of callee.blocks) {
        if (this.#block(block, locals) === RETURN) {
          result = this.#returned;
          break;
        }
      }
    } finally {
      this.#depth--;
      this.#tracer?.leave(callee, result);
    }
    return result;
  }

  #look(): void {
    this.#untilLook = STATEMENTS_PER_LOOK;
    this.#host.look();
  }
}

/** Where the statement itself was undefined, and not one in its blocks. */
function isUndefined({ op }: Statement): boolean {
  return op !== 'Break' && op !== 'Block' && op !== 'Scan';
}
