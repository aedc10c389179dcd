import { FULL } from '../footprint.ts';
import type { Block, Operand, Statement } from '../ir.ts';
import type { Atom, Value } from './atoms.ts';
import type { Box } from './box.ts';
import type { Context } from './context.ts';
import type { Locals } from './locals.ts';
import type { Lookup } from './lookup.ts';
import type { Observer, Reason } from './observer.ts';
import type { Values } from './values.ts';

type Of<Op extends Statement['op']> = Statement & { readonly op: Op };

/** What the containers that a policy makes hold, along one walk. */
export class Containers {
  readonly #values: Values;
  readonly #lookup: Lookup;
  readonly #context: Context;
  readonly #locals: Locals;
  readonly #observer: Observer;

  constructor(
    { values, lookup }: { readonly values: Values; readonly lookup: Lookup },
    context: Context,
    locals: Locals,
  ) {
    this.#values = values;
    this.#lookup = lookup;
    this.#context = context;
    this.#locals = locals;
    this.#observer = context.observer;
  }

  #operand(operand: Operand): Value {
    return this.#locals.operand(operand);
  }

  /** @param block the one that the statement stands in */
  make(statement: Statement, target: number, type: Box['type'], block: Block): void {
    const box = this.#context.box(statement, type);
    box.made(block);
    this.#locals.set(target, this.#values.of(box));
  }

  /** @param block the one that the statement stands in */
  append(statement: Of<'ArrayAppend'>, block: Block): void {
    this.#hold(statement.array, statement.value, statement, block);
  }

  add(statement: Of<'SetAdd'>, block: Block): void {
    this.#observer.see(this.#operand(statement.value), FULL, { at: statement.at, why: 'put into a set' });
    this.#hold(statement.set, statement.value, statement, block);
  }

  #hold(local: number, operand: Operand, statement: Statement, block: Block): void {
    const value = this.#operand(operand);
    const reason = { at: statement.at, why: 'put into an array of many parts' };
    for (const atom of this.#locals.get(local).atoms) {
      if (atom.kind !== 'box') this.#changed(atom, statement, value);
      else if (atom.type === 'array') atom.append(this.#followed(atom, undefined, value, reason), block);
      else atom.add(this.#followed(atom, undefined, value, reason));
    }
  }

  insert(statement: Of<'ObjectInsert' | 'ObjectInsertOnce'>): void {
    const { at, object } = statement;
    const key = this.#operand(statement.key);
    const value = this.#operand(statement.value);
    const constants = key.atoms.flatMap((atom) => (atom.kind === 'constant' ? [atom.value] : []));
    const names = constants.filter((each) => typeof each === 'string');
    const known = names.length === key.atoms.length;
    if (!known) this.#observer.seeWhole(key, { at, why: 'made a key of an object' });
    const reason = { at, why: 'put into an object of many parts' };
    for (const atom of this.#locals.get(object).atoms) {
      if (atom.kind !== 'box') this.#changed(atom, statement, value, key);
      else if (!known) atom.add(this.#followed(atom, undefined, value, reason), key);
      else for (const name of names) atom.setField(name, this.#followed(atom, name, value, reason));
    }
  }

  /**
   * What a container holds of a value. Trees of rules under keys that are not known hold their levels and what stands in them alike, so that
   * parts of parts without end would be followed: at some point they are seen as a whole.
   */
  #followed(box: Box, key: string | undefined, value: Value, reason: Reason): Value {
    const isLost = (atom: Atom): boolean => atom.kind === 'node' && box.isCrowdedAbove(atom, key);
    const lost = this.#values.filter(value, isLost);
    if (lost.atoms.length === 0) return value;
    this.#observer.seeWhole(lost, reason);
    const others = this.#values.filter(value, (atom) => !isLost(atom));
    return this.#values.join(others, this.#values.any);
  }

  /** What stands under one key is compared with what is put there once more: it can come from this or another statement. */
  insertOnce(statement: Of<'ObjectInsert' | 'ObjectInsertOnce'>): void {
    this.insert(statement);
    const { at, object, key, value } = statement;
    const reason = { at, why: 'put into an object' };
    this.#observer.seeWhole(this.#operand(value), reason);
    const boxes = this.#values.filter(this.#locals.get(object), ({ kind }) => kind === 'box');
    this.#observer.seeWhole(this.#lookup.dot(boxes, this.#operand(key), this.#observer, at), reason);
  }

  /**
   * Something is put into what is not made by the policy. The planner has that only where two rules contradict each other, and
   * nobody says what happens then; it can depend on nothing but all of this.
   */
  #changed(atom: Atom, { at }: Statement, ...put: readonly Value[]): void {
    const reason = { at, why: 'changed' };
    this.#observer.seeWhole(this.#values.of(atom), reason);
    for (const value of put) this.#observer.seeWhole(value, reason);
  }

  /** Base data and the results of rules below one path. */
  merge({ at, a, b, target }: Of<'ObjectMerge'>): void {
    const reason = { at, why: 'merged with other data' };
    for (const local of [a, b]) this.#observer.seeWhole(this.#locals.get(local), reason);
    this.#locals.set(target, this.#values.join(this.#values.any, this.#locals.get(b)));
  }
}
