import type { RegoValue } from '../../value.ts';
import type { Operand, Plan, Statement } from '../ir.ts';
import type { Locals } from '../tracer.ts';
import type { Site } from './outline.ts';
import { derived, joinTaints, type Taint, taintAt, taintBelow } from './taint.ts';

/**
 * Follows what is hidden from local to local, beside the evaluation. Whatever is made from a hidden value is hidden as a
 * whole, except for the answers of tests: `startswith(token, "x")` tells no more than which clause held.
 */
export class Flow {
  readonly #taints: Taint[] = [];
  readonly #plan: Pick<Plan, 'functions' | 'resultTypes'>;

  constructor(
    plan: Pick<Plan, 'functions' | 'resultTypes'>,
    params: readonly number[],
    args: readonly Taint[],
  ) {
    this.#plan = plan;
    params.forEach((param, index) => (this.#taints[param] = args[index]));
  }

  of(operand: Operand | number): Taint {
    if (typeof operand === 'number') return this.#taints[operand];
    return 'local' in operand ? this.#taints[operand.local] : undefined;
  }

  set(local: number, taint: Taint): void {
    this.#taints[local] = taint;
  }

  /** Before a statement runs. Gives the taints of its arguments where it calls a rule. */
  step(statement: Statement, site: Site | undefined, locals: Locals): readonly Taint[] | undefined {
    if (site?.scan !== undefined) {
      const { source, key, value } = site.scan;
      const taint = this.of(source);
      this.set(key, taint === 'all' ? 'all' : undefined);
      this.set(value, taintAt(taint, locals[key]));
    }
    if (statement.op === 'CallDynamic') return statement.args.map((arg) => this.of(arg));
    if (statement.op !== 'Call') {
      this.#plain(statement, locals);
      return undefined;
    }
    const args = statement.args.map((arg) => this.of(arg));
    if (this.#plan.functions.has(statement.func)) return args;
    this.set(statement.result, this.#ofBuiltin(statement.func, args, statement.args, locals));
    return undefined;
  }

  /** After a call of a rule. */
  returned(statement: Statement, taint: Taint): void {
    if (statement.op === 'Call' || statement.op === 'CallDynamic') this.set(statement.result, taint);
  }

  #plain(statement: Statement, locals: Locals): void {
    switch (statement.op) {
      case 'AssignVar':
        return this.set(statement.target, this.of(statement.source));
      case 'AssignVarOnce':
        return this.set(statement.target, joinTaints(this.of(statement.target), this.of(statement.source)));
      case 'Dot': {
        const source = 'local' in statement.source ? locals[statement.source.local] : undefined;
        const key = read(statement.key, locals);
        const taint = taintAt(this.of(statement.source), key);
        // A member of a set is the key itself.
        return this.set(
          statement.target,
          source instanceof Set ? joinTaints(taint, this.of(statement.key)) : taint,
        );
      }
      case 'Len':
        return this.set(statement.target, this.of(statement.source) === 'all' ? 'all' : undefined);
      case 'ArrayAppend':
        return this.set(statement.array, derived(this.of(statement.array), this.of(statement.value)));
      case 'SetAdd':
        return this.set(statement.set, derived(this.of(statement.set), this.of(statement.value)));
      case 'ObjectInsert':
      case 'ObjectInsertOnce': {
        const key = read(statement.key, locals);
        const value = this.of(statement.value);
        const placed =
          typeof key === 'string' && this.of(statement.key) === undefined
            ? taintBelow([key], value)
            : derived(value, this.of(statement.key));
        return this.set(statement.object, joinTaints(this.of(statement.object), placed));
      }
      case 'ObjectMerge':
        return this.set(statement.target, joinTaints(this.of(statement.a), this.of(statement.b)));
      case 'With':
        return this.set(
          statement.local,
          joinTaints(this.of(statement.local), taintBelow(statement.path, this.of(statement.value))),
        );
      case 'MakeArray':
      case 'MakeObject':
      case 'MakeSet':
      case 'MakeNull':
      case 'MakeNumber':
      case 'AssignInt':
      case 'ResetLocal':
        return this.set(statement.target, undefined);
      case 'Block':
      case 'Break':
      case 'Call':
      case 'CallDynamic':
      case 'Equal':
      case 'IsArray':
      case 'IsDefined':
      case 'IsObject':
      case 'IsSet':
      case 'IsUndefined':
      case 'Nop':
      case 'Not':
      case 'NotEqual':
      case 'ResultSetAdd':
      case 'ReturnLocal':
      case 'Scan':
      default:
        return undefined;
    }
  }

  #ofBuiltin(name: string, taints: readonly Taint[], args: readonly Operand[], locals: Locals): Taint {
    if (this.#plan.resultTypes.get(name)?.type === 'boolean') return undefined;
    if (name !== 'object.get') return derived(...taints);
    const path = args[1] === undefined ? undefined : read(args[1], locals);
    const keys = Array.isArray(path) ? path : [path];
    const found = keys.reduce<Taint>((taint, key) => taintAt(taint, key), taints[0]);
    return joinTaints(found, taints[2]);
  }
}

function read(operand: Operand, locals: Locals): RegoValue | undefined {
  return 'local' in operand ? locals[operand.local] : operand.constant;
}
