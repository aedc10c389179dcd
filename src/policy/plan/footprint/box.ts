import type { Value } from './atoms.ts';
import type { Observer, Reason } from './observer.ts';
import type { TreeNode } from './tree-node.ts';
import type { Values } from './values.ts';

/** Where one container holds more than these, parts of what it holds are followed no longer. */
const MAX_PLACES = 8;

/**
 * What the policy makes at one statement of one context, however often: an array, an object or a set, or the document that `with`
 * makes of another. Its contents only grow.
 */
export class Box {
  readonly kind = 'box';
  readonly id: number;
  readonly type: 'array' | 'object' | 'set';
  readonly #values: Values;
  readonly #fields: Map<string, Value> = new Map();
  #rest: Value;
  #keys: Value;
  #base: Value;
  /** How many elements it has where the current block made it and nothing but that block appended. */
  #length: { readonly block: object; count: number } | undefined;
  #shuffled = false;
  readonly #readers: Set<Observer> = new Set();
  readonly #seenWhole: Map<Observer, Reason> = new Map();

  constructor(type: 'array' | 'object' | 'set', values: Values) {
    this.type = type;
    this.id = values.newId();
    this.#values = values;
    this.#rest = this.#keys = this.#base = values.none;
  }

  /** Those under keys that are known, and elements of an array whose place is. */
  fields(reader: Observer): ReadonlyMap<string, Value> {
    this.#readers.add(reader);
    return this.#fields;
  }

  /** Everything else that it holds. */
  rest(reader: Observer): Value {
    this.#readers.add(reader);
    return this.#rest;
  }

  /** Those keys that are not known. */
  keys(reader: Observer): Value {
    this.#readers.add(reader);
    return this.#keys;
  }

  /** What stands for it where it has no field: the document that `with` changes. */
  base(reader: Observer): Value {
    this.#readers.add(reader);
    return this.#base;
  }

  /** What stands under a key. */
  at(key: string, reader: Observer): Value {
    this.#readers.add(reader);
    if (this.#shuffled) return this.all(reader);
    return this.#values.join(this.#fields.get(key) ?? this.#values.none, this.#rest);
  }

  /** Everything that it holds, but for what its base does. */
  all(reader: Observer): Value {
    this.#readers.add(reader);
    let all = this.#rest;
    for (const field of this.#fields.values()) all = this.#values.join(all, field);
    return all;
  }

  /** Whether it holds many places of the input and the data, under a key or elsewhere, and one of them is above this one. */
  isCrowdedAbove({ parent }: TreeNode, key?: string): boolean {
    const held = (key === undefined ? this.#rest : this.#fields.get(key))?.atoms ?? [];
    if (held.length < MAX_PLACES) return false;
    for (let above = parent; above !== undefined; above = above.parent) if (held.includes(above)) return true;
    return false;
  }

  setField(key: string, value: Value): void {
    const before = this.#fields.get(key) ?? this.#values.none;
    const joined = this.#values.join(before, value);
    if (joined === before && this.#fields.has(key)) return;
    this.#fields.set(key, joined);
    this.#grown(value);
  }

  /** An element, or a value under a key that is not known. */
  add(value: Value, key: Value = this.#values.none): void {
    const rest = this.#values.join(this.#rest, value);
    const keys = this.#values.join(this.#keys, key);
    if (rest === this.#rest && keys === this.#keys) return;
    this.#rest = rest;
    this.#keys = keys;
    this.#grown(value, key);
  }

  setBase(base: Value): void {
    const joined = this.#values.join(this.#base, base);
    if (joined === this.#base) return;
    this.#base = joined;
    this.#grown(base);
  }

  /** The statement that makes it is met, in a block that runs. */
  made(block: object): void {
    this.#length = { block, count: 0 };
  }

  /**
   * Appends to an array. The place is known where the block that made it has made all appends: it then runs straight on from
   * the making to this statement. Anything else may stand anywhere.
   */
  append(value: Value, block: object): void {
    const known = this.#length?.block === block ? this.#length : undefined;
    if (known !== undefined) return this.setField(String(known.count++), value);
    this.#length = undefined;
    if (!this.#shuffled) {
      this.#shuffled = true;
      this.#grown();
    }
    this.add(value);
  }

  /** All of it is looked at; what is added later, too. */
  observe(observer: Observer, reason: Reason): void {
    if (this.#seenWhole.has(observer)) return;
    this.#seenWhole.set(observer, reason);
    for (const value of [this.#rest, this.#keys, this.#base, ...this.#fields.values()]) {
      observer.seeWhole(value, reason);
    }
  }

  #grown(...added: readonly Value[]): void {
    for (const reader of this.#readers) reader.stale();
    for (const [observer, reason] of this.#seenWhole) {
      for (const value of added) observer.seeWhole(value, reason);
    }
  }
}
