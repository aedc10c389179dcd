import { FULL, KEYS, SCALAR, TYPE } from '../footprint.ts';
import type { Block, Operand, Statement } from '../ir.ts';
import { type Atom, type Scalar, shapeOf, UNSET, type Value } from './atoms.ts';
import type { Box } from './box.ts';
import type { Budget } from './budget.ts';
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
  #returned: Value;
  #grew = false;

  constructor(host: WalkHost, context: Context) {
    this.#host = host;
    this.#values = host.values;
    this.#context = context;
    this.#locals = new Locals(host.values);
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
        return this.#make(statement, statement.target, 'array', block);
      case 'MakeObject':
        return this.#make(statement, statement.target, 'object', block);
      case 'MakeSet':
        return this.#make(statement, statement.target, 'set', block);
      case 'ArrayAppend':
        return this.#hold(statement.array, statement.value, statement, block);
      case 'SetAdd':
        this.#see(statement.value, FULL, { at: statement.at, why: 'put into a set' });
        return this.#hold(statement.set, statement.value, statement, block);
      case 'ObjectInsert':
        return this.#insert(statement);
      case 'ObjectInsertOnce':
        this.#insert(statement);
        return this.#compareInserted(statement);
      case 'ObjectMerge':
        return this.#merge(statement);
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
    return 'local' in operand ? this.#locals.get(operand.local) : this.#values.constant(operand.constant);
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

  #make(statement: Statement, target: number, type: Box['type'], block: Block): void {
    const box = this.#context.box(statement, type);
    box.made(block);
    this.#set(target, this.#values.of(box));
  }

  #hold(local: number, operand: Operand, statement: Statement, block: Block): void {
    const value = this.#operand(operand);
    for (const atom of this.#locals.get(local).atoms) {
      if (atom.kind !== 'box') this.#changed(atom, statement, value);
      else if (atom.type === 'array') atom.append(value, block);
      else atom.add(value);
    }
  }

  #insert(statement: Of<'ObjectInsert' | 'ObjectInsertOnce'>): void {
    const { at, object } = statement;
    const key = this.#operand(statement.key);
    const value = this.#operand(statement.value);
    const constants = key.atoms.flatMap((atom) => (atom.kind === 'constant' ? [atom.value] : []));
    const names = constants.filter((each) => typeof each === 'string');
    const known = names.length === key.atoms.length;
    if (!known) this.#context.observer.seeWhole(key, { at, why: 'made a key of an object' });
    for (const atom of this.#locals.get(object).atoms) {
      if (atom.kind !== 'box') this.#changed(atom, statement, value, key);
      else if (!known) atom.add(value, key);
      else for (const name of names) atom.setField(name, value);
    }
  }

  /** What stands under one key is compared with what is put there once more: it can come from this or another statement. */
  #compareInserted({ at, object, key, value }: Of<'ObjectInsert' | 'ObjectInsertOnce'>): void {
    const { observer } = this.#context;
    const reason = { at, why: 'put into an object' };
    observer.seeWhole(this.#operand(value), reason);
    const boxes = this.#values.filter(this.#locals.get(object), ({ kind }) => kind === 'box');
    observer.seeWhole(this.#host.lookup.dot(boxes, this.#operand(key), observer, at), reason);
  }

  /**
   * Something is put into what is not made by the policy. The planner has that only where two rules contradict each other, and
   * nobody says what happens then; it can depend on nothing but all of this.
   */
  #changed(atom: Atom, { at }: Statement, ...put: readonly Value[]): void {
    const reason = { at, why: 'changed' };
    this.#context.observer.seeWhole(this.#values.of(atom), reason);
    for (const value of put) this.#context.observer.seeWhole(value, reason);
  }

  /** Base data and the results of rules below one path. */
  #merge(statement: Of<'ObjectMerge'>): void {
    const reason = { at: statement.at, why: 'merged with other data' };
    for (const local of [statement.a, statement.b]) {
      this.#context.observer.seeWhole(this.#locals.get(local), reason);
    }
    this.#set(statement.target, this.#values.join(this.#values.any, this.#locals.get(statement.b)));
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
