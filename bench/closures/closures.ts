/** A plan as closures: see bench/plan-closures.ts. */
import { entriesOf } from '../../src/policy/builtins/collections.ts';
import { NATIVE_BUILTINS } from '../../src/policy/builtins/native/registry.ts';
import { BUILTINS } from '../../src/policy/builtins/registry.ts';
import { EvaluationContext } from '../../src/policy/evaluation-context.ts';
import type { Block, Plan, PlanFunction, Statement } from '../../src/policy/plan/ir.ts';
import { jsonText } from '../../src/policy/plan/json-text.ts';
import { type Locals, newLocals, type Value } from '../../src/policy/plan/locals.ts';
import { dot } from '../../src/policy/plan/lookup.ts';
import { afterScan, END, LEFT, outward, RETURN } from '../../src/policy/plan/outcome.ts';
import { readDocument } from '../../src/policy/plan/read-document.ts';
import type { RegoValue } from '../../src/policy/value.ts';
import { plain, reading, type Step } from './plain.ts';

export class Closures {
  readonly #plan: Plan;
  readonly #data: RegoValue;
  readonly #rules = new Map<string, (args: Locals) => Value>();
  readonly #context = new EvaluationContext({
    randomBytes: (size) => new Uint8Array(size),
    runtime: new Map(),
    onPrint: () => {},
  });
  #memo = new Map<PlanFunction, Value>();
  #returned: Value;
  #result: Value;

  constructor(plan: Plan, data: RegoValue) {
    this.#plan = plan;
    this.#data = data;
  }

  /** Gives what answers an entrypoint with the JSON text of its value. */
  entrypoint(name: string): (inputJson: Uint8Array) => string | undefined {
    const { blocks, locals: count } = this.#plan.entrypoints.get(name)!;
    const steps = blocks.map((block) => this.#block(block));
    return (inputJson) => {
      const locals = newLocals(count);
      locals[0] = readDocument(inputJson, 1000);
      locals[1] = this.#data;
      this.#memo = new Map();
      this.#result = undefined;
      this.#context.begin(0);
      for (const step of steps) step(locals);
      return resultOf(this.#result);
    };
  }

  #block(block: Block): Step {
    const steps = block.map((statement) => this.#statement(statement));
    return (locals) => {
      for (const step of steps) {
        const outcome = step(locals);
        if (outcome !== END) return outcome;
      }
      return END;
    };
  }

  #statement(s: Statement): Step {
    switch (s.op) {
      case 'Dot': {
        const [source, key, { target, inData }] = [reading(s.source), reading(s.key), s];
        return (locals) => {
          const [from, at] = [source(locals), key(locals)];
          const found = from === undefined || at === undefined ? undefined : dot(from, at, inData);
          locals[target] = found;
          return found === undefined ? LEFT : END;
        };
      }
      case 'Call':
        return this.#call(s);
      case 'Block': {
        const blocks = s.blocks.map((block) => this.#block(block));
        return (locals) => {
          for (const block of blocks) {
            const outcome = block(locals);
            if (outcome !== END && outcome !== LEFT) return outward(outcome);
          }
          return END;
        };
      }
      case 'Scan':
        return this.#scan(s);
      case 'Break':
        return () => s.index;
      case 'ReturnLocal':
        return (locals) => {
          this.#returned = locals[s.source];
          return RETURN;
        };
      case 'Not': {
        const block = this.#block(s.block);
        return (locals) => {
          const outcome = block(locals);
          if (outcome === END) return LEFT;
          return outcome === LEFT ? END : outward(outcome);
        };
      }
      case 'ResultSetAdd':
        return (locals) => {
          this.#result = locals[s.value];
          return END;
        };
      case 'With':
      case 'CallDynamic':
        throw new Error(`no closure for ${s.op}`);
      case 'ArrayAppend':
      case 'AssignInt':
      case 'AssignVar':
      case 'AssignVarOnce':
      case 'Equal':
      case 'IsArray':
      case 'IsDefined':
      case 'IsObject':
      case 'IsSet':
      case 'IsUndefined':
      case 'Len':
      case 'MakeArray':
      case 'MakeNull':
      case 'MakeNumber':
      case 'MakeObject':
      case 'MakeSet':
      case 'Nop':
      case 'NotEqual':
      case 'ObjectInsert':
      case 'ObjectInsertOnce':
      case 'ObjectMerge':
      case 'ResetLocal':
      case 'SetAdd':
      default:
        return plain(s);
    }
  }

  #scan({ source, key, value: target, block }: Extract<Statement, { op: 'Scan' }>): Step {
    const body = this.#block(block);
    return (locals) => {
      const scanned = locals[source];
      const entries = Array.isArray(scanned) ? scanned.entries() : entriesOf(scanned);
      for (const [at, element] of entries) {
        locals[key] = at;
        locals[target] = element;
        const outcome = body(locals);
        if (outcome !== END && outcome !== LEFT) return afterScan(outcome);
      }
      return END;
    };
  }

  #call({ func, args, result }: Extract<Statement, { op: 'Call' }>): Step {
    const reads = args.map(reading);
    const values = (locals: Locals): Locals => {
      const given: Locals = [];
      for (const read of reads) given.push(read(locals));
      return given;
    };
    if (this.#plan.functions.has(func)) {
      const callee = this.#rule(func);
      return (locals) => {
        const value = callee(values(locals));
        locals[result] = value;
        return value === undefined ? LEFT : END;
      };
    }
    const builtin = BUILTINS.get(func) ?? NATIVE_BUILTINS.get(func)!;
    return (locals) => {
      const given = values(locals);
      const value = given.includes(undefined)
        ? undefined
        : builtin.call(this.#context, ...(given as RegoValue[]));
      locals[result] = value;
      return value === undefined ? LEFT : END;
    };
  }

  #rule(name: string): (args: Locals) => Value {
    let body: readonly Step[] | undefined;
    const known = this.#rules.get(name);
    if (known !== undefined) return known;
    const callee = this.#plan.functions.get(name)!;
    const run = (args: Locals): Value => {
      const locals = newLocals(callee.locals);
      for (let i = 0; i < args.length; i++) locals[callee.params[i]!] = args[i];
      body ??= callee.blocks.map((block) => this.#block(block));
      for (const step of body) if (step(locals) === RETURN) return this.#returned;
      return undefined;
    };
    const made = (args: Locals): Value => {
      if (args.length > 2) return run(args);
      if (this.#memo.has(callee)) return this.#memo.get(callee);
      const value = run(args);
      this.#memo.set(callee, value);
      return value;
    };
    this.#rules.set(name, made);
    return made;
  }
}

/** The text of the one value in what an entrypoint adds to its result set. */
function resultOf(bindings: Value): string | undefined {
  const value = bindings instanceof Map ? bindings.get('result') : undefined;
  return value === undefined ? undefined : jsonText(value);
}
