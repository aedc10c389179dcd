import { FULL, KEYS, SCALAR } from '../footprint.ts';
import type { PlanLocation } from '../ir.ts';
import { ANY_SCALAR, type Atom, type Scalar, shapeOf, type Value } from './atoms.ts';
import type { Box } from './box.ts';
import type { Observer, Reason } from './observer.ts';
import { scalarOf, type TreeNode } from './tree-node.ts';
import type { Values } from './values.ts';

/** Keys from the base data that are followed each by itself. */
const MAX_KEYS = 64;
/** What OPA reads as an index in a path into its store (`Atoi64` in v1/util/performance.go), and more. */
const LIKE_AN_INTEGER = /^[+-]?[\d.]+$/;
const INDEX = /^(?:0|[1-9]\d{0,15})$/;

/** What keys reach. */
export class Lookup {
  readonly #values: Values;

  constructor(values: Values) {
    this.#values = values;
  }

  /** What stands in a value under a key. */
  dot(source: Value, key: Value, observer: Observer, at: PlanLocation): Value {
    if (key.atoms.length === 0) return this.#values.none;
    const known = this.knownScalars(key, observer, at);
    let found = this.#values.none;
    for (const atom of source.atoms) {
      const member = this.#member(atom, key, known, observer, at);
      found = this.#values.join(found, member);
    }
    return found;
  }

  /** What stands under a constant key. */
  child(source: Value, key: Scalar, observer: Observer, at: PlanLocation): Value {
    return this.dot(source, this.#values.constant(key), observer, at);
  }

  /** Everything that a value holds. */
  elements(source: Value, observer: Observer, at: PlanLocation): Value {
    return this.scan(source, observer, at).value;
  }

  /** What a loop goes through. */
  scan(source: Value, observer: Observer, at: PlanLocation): { readonly key: Value; readonly value: Value } {
    let key = this.#values.none;
    let value = this.#values.none;
    for (const atom of source.atoms) {
      const [addedKey, addedValue] = this.#scanned(atom, observer, { at, why: 'gone through' });
      key = this.#values.join(key, addedKey);
      value = this.#values.join(value, addedValue);
    }
    return { key, value };
  }

  /**
   * The scalars that a value can be, if they are known: constants, and places of the base data that hold few of them. Those places
   * are read then.
   */
  knownScalars(value: Value, observer: Observer, at: PlanLocation): readonly Scalar[] | undefined {
    const known: Scalar[] = [];
    for (const atom of value.atoms) {
      if (atom.kind === 'constant') known.push(atom.value);
      else if (atom.kind !== 'node' || atom.shape > ANY_SCALAR) return undefined;
      else for (const document of atom.documents ?? []) known.push(scalarOf(document) as Scalar);
      if (known.length > MAX_KEYS) return undefined;
    }
    observer.see(value, SCALAR, { at, why: 'used as a key' });
    return known;
  }

  #member(
    atom: Atom,
    key: Value,
    known: readonly Scalar[] | undefined,
    observer: Observer,
    at: PlanLocation,
  ): Value {
    switch (atom.kind) {
      case 'node':
        return this.#below(atom, key, known, observer, at);
      case 'box':
        return this.#inBox(atom, key, known, observer, at);
      case 'any':
        // It may have keys of any kind, and a set gives back what it was asked for.
        observer.seeWhole(key, { at, why: 'used as a key' });
        return this.#values.any;
      case 'now-parts':
        observer.see(key, SCALAR, { at, why: 'used as a key' });
        return this.#values.now;
      case 'constant':
      case 'scalars':
      case 'now':
      default:
        return this.#values.none;
    }
  }

  #below(
    node: TreeNode,
    key: Value,
    known: readonly Scalar[] | undefined,
    observer: Observer,
    at: PlanLocation,
  ): Value {
    if (known === undefined) {
      // JSON has only texts as keys and numbers as indices: of a composite the type tells that it is none.
      observer.see(key, SCALAR, { at, why: 'used as a key' });
      return this.#each(node, observer, { at, why: 'looked up by a key that is not known' });
    }
    let found = this.#values.none;
    for (const scalar of known) {
      // Nothing in JSON stands under these.
      if (scalar === null || typeof scalar === 'boolean') continue;
      const name = nameOf(scalar, node.root);
      if (name === undefined) {
        return this.#each(node, observer, { at, why: 'looked up by a number in an unusual form' });
      }
      const child = node.child(name);
      observer.exists(child);
      found = this.#values.join(found, this.#values.of(child));
    }
    return found;
  }

  #each(node: TreeNode, observer: Observer, reason: Reason): Value {
    observer.mark(node, KEYS, reason);
    observer.exists(node.each);
    return this.#values.of(node.each);
  }

  #inBox(
    box: Box,
    key: Value,
    known: readonly Scalar[] | undefined,
    observer: Observer,
    at: PlanLocation,
  ): Value {
    const values = this.#values;
    if (box.type === 'set') {
      const elements = box.all(observer);
      // Of equal values, such as 1 and 1.0, the module gives the element and OPA what was asked for.
      observer.compare(key, elements, { at, why: 'looked for in a set' });
      return values.join(key, elements);
    }
    const base = box.base(observer);
    // Nothing is found in what is empty, whatever the key is; when it grows, this is asked again.
    if (box.all(observer).atoms.length === 0 && base.atoms.length === 0) return values.none;
    if (known === undefined || (box.type === 'object' && !known.every((each) => typeof each === 'string'))) {
      // An index by a number depends on how that is written, so that a comparison is not all that is seen.
      const seen = shapeOf(box.keys(observer)) <= ANY_SCALAR ? SCALAR : FULL;
      observer.see(key, seen, { at, why: 'used as a key' });
      // A number may find an element, or in base data the text of it.
      return values.join(this.dot(base, key, observer, at), box.all(observer));
    }
    let found = values.none;
    for (const scalar of known) {
      const name = nameOf(scalar, 'input');
      const inside = name === undefined ? box.all(observer) : box.at(name, observer);
      found = values.join(found, inside);
      // What `with` has put there stands there in any case.
      if (base.atoms.length === 0 || (name !== undefined && box.fields(observer).has(name))) continue;
      found = values.join(found, this.child(base, scalar, observer, at));
    }
    return found;
  }

  #scanned(atom: Atom, observer: Observer, reason: Reason): readonly [key: Value, value: Value] {
    const values = this.#values;
    switch (atom.kind) {
      case 'node':
        return [this.#keysOf(atom), this.#each(atom, observer, reason)];
      case 'box':
        return this.#scannedBox(atom, observer, reason);
      case 'any':
        return [values.any, values.any];
      case 'now-parts':
        return [values.scalars, values.now];
      case 'constant':
      case 'scalars':
      case 'now':
      default:
        return [values.none, values.none];
    }
  }

  #scannedBox(box: Box, observer: Observer, reason: Reason): readonly [key: Value, value: Value] {
    const values = this.#values;
    const all = box.all(observer);
    if (box.type === 'set') return [all, all];
    if (box.type === 'array') return [values.scalars, all];
    const base = this.scan(box.base(observer), observer, reason.at);
    let keys = values.join(box.keys(observer), base.key);
    for (const key of box.fields(observer).keys()) keys = values.join(keys, values.constant(key));
    return [keys, values.join(all, base.value)];
  }

  /** Known where the base data says them. */
  #keysOf(node: TreeNode): Value {
    const keys = node.keys(MAX_KEYS);
    if (keys === undefined) return this.#values.scalars;
    return [...keys].reduce(
      (all, key) => this.#values.join(all, this.#values.constant(key)),
      this.#values.none,
    );
  }
}

/**
 * Under which name of a tree a scalar finds something. Base data is asked by the texts of numbers, too, and its arrays by texts that
 * are like integers (`dot` in ../lookup.ts): what is not written in the usual way has no name.
 */
function nameOf(key: Scalar, root: 'input' | 'data'): string | undefined {
  if (typeof key === 'string') {
    return root === 'data' && LIKE_AN_INTEGER.test(key) && !INDEX.test(key) ? undefined : key;
  }
  return typeof key === 'number' && Number.isSafeInteger(key) && key >= 0 ? String(key) : undefined;
}
