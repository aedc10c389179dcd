import { KEYS, SCALAR, TYPE } from '../footprint.ts';
import type { Block, Operand, Statement } from '../ir.ts';
import { type Scalar, shapeOf, UNSET, type Value } from './atoms.ts';
import type { Budget } from './budget.ts';
import { Containers } from './containers.ts';
import type { Context } from './context.ts';
import { Locals } from './locals.ts';
import type { Lookup } from './lookup.ts';
import { carriedLocals } from './loop-locals.ts';
import { hasNow, type Reason } from './observer.ts';
import type { Values } from './values.ts';

type Of<Op extends Statement['op']> = Statement & { readonly op: Op };

/** What the walks of all contexts share. */
export interface WalkHost {
  readonly values: Values;
  readonly lookup: Lookup;
  readonly budget: Budget;
  /** What a function or a builtin gives, as far as that is known by now; undefined for a builtin that gives nothing ever. */
  call(from: Context, statement: Of<'Call'>, args: readonly Value[]): Value | undefined;
  callDynamic(
    from: Context,
    statement: Of<'CallDynamic'>,
    args: readonly Value[],
    path: readonly Value[],
  ): Value;
}

/** One walk along the statements of a function, with what its parameters can be. */
export class Walk {
  readonly #host: WalkHost;
  readonly #values: Values;
  readonly #context: Context;
  readonly #locals: Locals;
  readonly #containers: Containers;
  #returned: Value;
  #grew = false;

  constructor(host: WalkHost, context: Context) {
    this.#host = host;
    this.#values = host.values;
    this.#context = context;
    this.#locals = new Locals(host.values);
    this.#containers = new Containers(host, context, this.#locals);
    this.#returned = host.values.none;
    for (const [i, param] of context.params.entries()) {
      this.#locals.set(param, context.args[i] ?? host.values.none);
    }
  }

  /** Gives what has been returned, and whether a loop brings something new into its next round, so that it all has to be walked again. */
  run(): { readonly result: Value; readonly grew: boolean } {
    for (const block of this.#context.blocks) this.#nested(block);
    return { result: this.#returned, grew: this.#grew };
  }

  #nested(block: Block): void {
    this.#locals.enter();
    this.#block(block);
    this.#locals.leave();
  }

  #block(block: Block): void {
    for (const statement of block) {
      this.#host.budget.spend(1);
      this.#statement(statement, block);
      // What stands behind them is never met.
      if (statement.op === 'Break' || statement.op === 'ReturnLocal') return;
    }
  }

  #statement(statement: Statement, block: Block): void {
    const values = this.#values;
    switch (statement.op) {
      case 'AssignVar':
        return this.#set(statement.target, this.#operand(statement.source));
      case 'AssignVarOnce':
        return this.#assignOnce(statement);
      case 'AssignInt':
      case 'MakeNumber':
        return this.#set(statement.target, values.constant(statement.value as Scalar));
      case 'MakeNull':
        return this.#set(statement.target, values.constant(null));
      case 'ResetLocal':
        return this.#set(statement.target, values.none);
      case 'MakeArray':
        return this.#containers.make(statement, statement.target, 'array', block);
      case 'MakeObject':
        return this.#containers.make(statement, statement.target, 'object', block);
      case 'MakeSet':
        return this.#containers.make(statement, statement.target, 'set', block);
      case 'ArrayAppend':
        return this.#containers.append(statement, block);
      case 'SetAdd':
        return this.#containers.add(statement, block);
      case 'ObjectInsert':
        return this.#containers.insert(statement);
      case 'ObjectInsertOnce':
        return this.#containers.insertOnce(statement);
      case 'ObjectMerge':
        return this.#containers.merge(statement);
      case 'Dot': {
        const source = this.#operand(statement.source);
        const key = this.#operand(statement.key);
        this.#host.budget.spend(source.atoms.length);
        const found = this.#host.lookup.dot(source, key, this.#context.observer, statement.at);
        return this.#set(statement.target, found);
      }
      case 'Scan':
        return this.#scan(statement);
      case 'Len':
        // Of a text it is that of its bytes.
        this.#see(statement.source, KEYS | SCALAR, { at: statement.at, why: 'counted' });
        return this.#set(statement.target, values.scalars);
      case 'IsArray':
      case 'IsObject':
      case 'IsSet':
        return this.#see(statement.source, TYPE, { at: statement.at, why: 'asked for its type' });
      case 'IsUndefined':
        return this.#locals.assume(statement.source, values.none);
      case 'Equal':
      case 'NotEqual': {
        const reason = { at: statement.at, why: 'compared with another value of unknown shape' };
        return this.#context.observer.compare(this.#operand(statement.a), this.#operand(statement.b), reason);
      }
      case 'Call': {
        const args = statement.args.map((arg) => this.#operand(arg));
        const given = this.#host.call(this.#context, statement, args);
        if (given !== undefined) this.#set(statement.result, given);
        return;
      }
      case 'CallDynamic': {
        const args = statement.args.map((arg) => this.#locals.get(arg));
        const path = statement.path.map((segment) => this.#operand(segment));
        return this.#set(statement.result, this.#host.callDynamic(this.#context, statement, args, path));
      }
      case 'With':
        return this.#with(statement);
      case 'Block':
        for (const each of statement.blocks) this.#nested(each);
        return;
      case 'Not':
        return this.#nested(statement.block);
      case 'ReturnLocal':
        this.#returned = values.join(this.#returned, this.#locals.get(statement.source));
        return;
      case 'ResultSetAdd':
        return this.#context.observer.seeWhole(this.#locals.get(statement.value), {
          at: statement.at,
          why: 'part of the answer',
        });
      // Whether a local is set was decided where it is set or the block left, by what was looked at there.
      case 'IsDefined':
      case 'Break':
      case 'Nop':
      default:
    }
  }

  #set(local: number, value: Value): void {
    this.#locals.set(local, value);
  }

  #operand(operand: Operand): Value {
    return this.#locals.operand(operand);
  }

  #see(operand: Operand, bits: number, reason: Reason): void {
    this.#context.observer.see(this.#operand(operand), bits, reason);
  }

  /** A second value is compared with the first, and conflicts unless they are equal. */
  #assignOnce({ at, source, target }: Statement & { readonly op: 'AssignVar' | 'AssignVarOnce' }): void {
    const before = this.#locals.get(target);
    const value = this.#operand(source);
    if (shapeOf(before) !== UNSET) {
      const reason = { at, why: 'compared with another result of the same rule' };
      this.#context.observer.compare(before, value, reason);
      // No comparison that is recorded.
      if (hasNow(before) || hasNow(value)) this.#context.observer.freesClock ??= reason;
    }
    this.#set(target, this.#values.join(before, value));
  }

  #scan(statement: Of<'Scan'>): void {
    const { source, key, value, block, at } = statement;
    const element = this.#host.lookup.scan(this.#locals.get(source), this.#context.observer, at);
    const carried = carriedLocals(statement);
    this.#locals.enter();
    for (const local of carried) {
      const brought = this.#context.carried(statement, local);
      this.#locals.assume(local, this.#values.join(this.#locals.get(local), brought));
    }
    this.#set(key, element.key);
    this.#set(value, element.value);
    this.#block(block);
    const written = this.#locals.leave();
    for (const local of carried) {
      const last = written.get(local);
      if (last !== undefined && this.#context.carry(statement, local, last)) this.#grew = true;
    }
  }

  /** What calls inside are handed is the document with another value at the path; whether objects stand on the way decides where it comes to stand. */
  #with(statement: Of<'With'>): void {
    const { local, path, block, at } = statement;
    const before = this.#locals.get(local);
    let made = this.#operand(statement.value);
    const bases = [before];
    for (const step of path.slice(0, -1)) {
      bases.push(this.#host.lookup.child(bases.at(-1)!, step, this.#context.observer, at));
    }
    for (let i = path.length - 1; i >= 0; i--) {
      const box = this.#context.box(statement, 'object', i);
      this.#context.observer.see(bases[i]!, TYPE, { at, why: 'changed by with' });
      box.setBase(bases[i]!);
      box.setField(path[i]!, made);
      made = this.#values.of(box);
    }
    this.#locals.enter();
    this.#locals.assume(local, made);
    this.#block(block);
    this.#locals.leave();
  }
}
