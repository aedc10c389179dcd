import { ExactNumber, type RegoValue } from '../value.ts';
import { BuiltinError } from './builtin.ts';
import { equalValues } from './compare.ts';
import { identityText } from './identity-text.ts';
import { numberText } from './numbers.ts';
import type { WorkBudget } from './work-budget.ts';

/** An integer as OPA reads one: a sign, at most 19 characters, after a point nothing but zeros. */
const INTEGER = /^[-+]?(?=[\d.]{1,19}$)(\d*)\.?0*$/;

/** What stands below a node under a key. A deleted one hides what the node's own value has there. */
interface Member {
  readonly key: RegoValue;
  readonly child: EditTree | 'deleted';
}

/**
 * A value under edits, which OPA's json.patch works on (internal/edittree): a node copies what it holds when it is edited
 * for the first time, and no other node. Paths into arrays find what OPA finds, also where that is wrong: see `#element`.
 */
export class EditTree {
  /** Undefined when the whole was removed. */
  #value: RegoValue | undefined;
  readonly #budget: WorkBudget;
  /** Of objects and sets, by the key's identity. */
  readonly #members = new Map<string, Member>();
  /** Of an array that has been touched: elements that are left of it, by index, and what was put in. */
  #slots: (number | EditTree)[] | undefined;

  constructor(value: RegoValue, budget: WorkBudget) {
    this.#value = value;
    this.#budget = budget;
  }

  /** The node at the end of the path. Throws BuiltinError where there is none. */
  at(path: readonly RegoValue[]): EditTree {
    return path.reduce<EditTree>((node, key) => node.#child(key), this);
  }

  /** Puts a value in: under a new key or over the old one, before an array's element, in a set under itself. */
  insert(path: readonly RegoValue[], value: RegoValue): void {
    const key = path.at(-1);
    if (key === undefined) this.#replace(value);
    else this.at(path.slice(0, -1)).#insertAt(key, value);
  }

  remove(path: readonly RegoValue[]): void {
    const key = path.at(-1);
    if (key !== undefined) this.at(path.slice(0, -1)).#removeAt(key);
    else if (this.#value === undefined) throw new BuiltinError('the document has been removed');
    else this.#replace(undefined);
  }

  /** The value with all edits. Throws BuiltinError where the whole has been removed. */
  render(): RegoValue {
    const value = this.#value;
    if (value === undefined) throw new BuiltinError('the document has been removed');
    if (this.#slots !== undefined && Array.isArray(value)) {
      return this.#slots.map((slot) => (typeof slot === 'number' ? value[slot]! : slot.render()));
    }
    if (this.#members.size === 0) return value;
    const members = [...this.#members.values()].flatMap(({ key, child }): [RegoValue, RegoValue][] =>
      child === 'deleted' ? [] : [[key, child.render()]],
    );
    const isUntouched = (key: RegoValue): boolean => !this.#members.has(keyText(key));
    return value instanceof Map
      ? new Map([...members, ...[...value].filter(([key]) => isUntouched(key))])
      : new Set([
          ...members.map(([, member]) => member),
          ...[...(value as Set<RegoValue>)].filter(isUntouched),
        ]);
  }

  #replace(value: RegoValue | undefined): void {
    this.#value = value;
    this.#members.clear();
    this.#slots = undefined;
  }

  #child(key: RegoValue): EditTree {
    if (Array.isArray(this.#value)) return this.#element(this.#indexOf(key));
    this.#fold(key);
    const text = keyText(key);
    const known = this.#members.get(text)?.child;
    if (known === 'deleted') throw missing();
    if (known !== undefined) return known;
    const child = new EditTree(this.#lookUp(key), this.#budget);
    this.#members.set(text, { key, child });
    return child;
  }

  /**
   * What stands in the array at an index. Where nothing has been put in there, OPA looks into the array as it was before
   * any edit, so that after `remove /0` the path `/0` is still the element that was removed; and puts that in.
   */
  #element(index: number): EditTree {
    const slots = this.#editableSlots();
    const slot = slots[index];
    if (slot instanceof EditTree) return slot;
    const found = (this.#value as RegoValue[])[index];
    if (slot === undefined || found === undefined) throw missing();
    const child = new EditTree(found, this.#budget);
    slots[index] = child;
    return child;
  }

  #insertAt(key: RegoValue, value: RegoValue): void {
    if (Array.isArray(this.#value)) {
      const index = this.#indexOf(key);
      const slots = this.#editableSlots();
      if (index < 0 || index > slots.length)
        throw new BuiltinError('index for array insertion out of bounds');
      this.#budget.spend(1 + (slots.length - index) / 64);
      slots.splice(index, 0, new EditTree(value, this.#budget));
      return;
    }
    if (this.#value instanceof Set && !equalValues(key, value)) {
      throw new BuiltinError('the key of a set does not equal the value to be inserted');
    }
    this.#fold(key);
    this.#members.set(keyText(key), { key, child: new EditTree(value, this.#budget) });
  }

  #removeAt(key: RegoValue): void {
    if (Array.isArray(this.#value)) {
      const index = this.#indexOf(key);
      const slots = this.#editableSlots();
      if (index < 0 || index >= slots.length) throw new BuiltinError('index for array delete out of bounds');
      this.#budget.spend(1 + (slots.length - index) / 64);
      slots.splice(index, 1);
      return;
    }
    this.#fold(key);
    const text = keyText(key);
    const known = this.#members.get(text);
    if (known?.child === 'deleted') throw missing();
    if (known === undefined) this.#lookUp(key);
    this.#members.set(text, { key, child: 'deleted' });
  }

  /** A set's element is its own key: what edits have made of it is seen when a path names a composite one. */
  #fold(key: RegoValue): void {
    if (!(this.#value instanceof Map) && !(this.#value instanceof Set)) throw missing();
    if (this.#value instanceof Map || !isComposite(key)) return;
    const folded = this.render();
    this.#budget.spendOn(folded);
    this.#replace(folded);
  }

  #lookUp(key: RegoValue): RegoValue {
    const value = this.#value as Map<RegoValue, RegoValue> | Set<RegoValue>;
    if (typeof key === 'string' && value.has(key)) return value instanceof Map ? value.get(key)! : key;
    if (typeof key === 'string') throw missing();
    this.#budget.spend(value.size);
    const text = keyText(key);
    for (const [other, member] of value.entries()) {
      if (typeof other !== 'string' && keyText(other) === text) return value instanceof Map ? member : key;
    }
    throw missing();
  }

  #indexOf(key: RegoValue): number {
    if (key === '-') return this.#editableSlots().length;
    const isNumber = typeof key === 'number' || key instanceof ExactNumber;
    if (typeof key !== 'string' && !isNumber) throw new BuiltinError('invalid type for indexing');
    const text = isNumber ? numberText(key) : key;
    if (!isNumber && text !== '0' && text.startsWith('0')) {
      throw new BuiltinError('leading zeros are not allowed in JSON paths');
    }
    const digits = INTEGER.exec(text)?.[1];
    if (digits === undefined) throw new BuiltinError('invalid number for indexing');
    return text.startsWith('-') ? -Number(digits) + 0 : Number(digits);
  }

  #editableSlots(): (number | EditTree)[] {
    if (this.#slots === undefined) {
      const { length } = this.#value as RegoValue[];
      this.#budget.spend(length / 16);
      this.#slots = Array.from({ length }, (_, i) => i);
    }
    return this.#slots;
  }
}

function keyText(key: RegoValue): string {
  return typeof key === 'string' ? `"${key}` : identityText(key);
}

function isComposite(value: RegoValue): boolean {
  return typeof value === 'object' && value !== null && !(value instanceof ExactNumber);
}

function missing(): BuiltinError {
  return new BuiltinError('the path does not exist');
}
