import { numberText } from '../../builtins/numbers.ts';
import type { Atom, Scalar, Value } from './atoms.ts';

/** A local with more constants than these is any scalar: nothing is gained by following them. */
const MAX_CONSTANTS = 64;

/** Makes abstract values. The same atoms give the same object, so that values are compared by identity. */
export class Values {
  readonly none: Value = { id: 0, atoms: [] };
  readonly any: Value;
  readonly scalars: Value;
  readonly now: Value;
  readonly nowParts: Value;
  readonly booleans: Value;
  readonly #any: Atom;
  readonly #scalars: Atom;
  readonly #interned: Map<string, Value> = new Map();
  /** By the atom's number. */
  readonly #single: Value[] = [];
  /** By the numbers of two values. */
  readonly #joined: Map<number, Value> = new Map();
  readonly #texts: Map<string, Value> = new Map();
  /** By how they are written. */
  readonly #constants: Map<string, Value> = new Map();
  #lastAtom = 0;
  #lastValue = 0;

  constructor() {
    this.#any = { kind: 'any', id: this.newId() };
    this.#scalars = { kind: 'scalars', id: this.newId() };
    this.any = this.of(this.#any);
    this.scalars = this.of(this.#scalars);
    this.now = this.of({ kind: 'now', id: this.newId() });
    this.nowParts = this.of({ kind: 'now-parts', id: this.newId() });
    this.booleans = this.join(this.constant(true), this.constant(false));
  }

  /** Of an atom. */
  newId(): number {
    return ++this.#lastAtom;
  }

  of(atom: Atom): Value {
    return (this.#single[atom.id] ??= this.#newValue([atom]));
  }

  constant(value: Scalar): Value {
    const known = typeof value === 'string' ? this.#texts : this.#constants;
    const key = typeof value === 'string' ? value : textOf(value);
    let constant = known.get(key);
    if (constant === undefined) {
      constant = this.of({ kind: 'constant', id: this.newId(), value });
      known.set(key, constant);
    }
    return constant;
  }

  /** The least that covers both. */
  join(a: Value, b: Value): Value {
    if (a === b || b.atoms.length === 0) return a;
    if (a.atoms.length === 0) return b;
    // A plan makes some thousands of values: the product is exact.
    const key = a.id * 2 ** 26 + b.id;
    let joined = this.#joined.get(key);
    if (joined === undefined) this.#joined.set(key, (joined = this.#join(a, b)));
    return joined;
  }

  #join(a: Value, b: Value): Value {
    const added = b.atoms.filter((atom) => !a.atoms.includes(atom));
    return added.length === 0 ? a : this.#intern(this.#normal([...a.atoms, ...added]));
  }

  /** Only the atoms that the test lets through. */
  filter(value: Value, test: (atom: Atom) => boolean): Value {
    const atoms = value.atoms.filter(test);
    return atoms.length === value.atoms.length ? value : this.#intern(atoms);
  }

  /** Constants add nothing to what may be any scalar. */
  #normal(atoms: readonly Atom[]): readonly Atom[] {
    if (atoms.includes(this.#any)) {
      return atoms.filter((atom) => atom.kind !== 'constant' && atom !== this.#scalars);
    }
    if (atoms.includes(this.#scalars)) return atoms.filter((atom) => atom.kind !== 'constant');
    let constants = 0;
    for (const { kind } of atoms) if (kind === 'constant') constants++;
    if (constants <= MAX_CONSTANTS) return atoms;
    return [...atoms.filter((atom) => atom.kind !== 'constant'), this.#scalars];
  }

  #intern(unsorted: readonly Atom[]): Value {
    const [first] = unsorted;
    if (first === undefined) return this.none;
    if (unsorted.length === 1) return this.of(first);
    const atoms = unsorted.toSorted((a, b) => a.id - b.id);
    const key = atoms.map(({ id }) => id).join();
    let known = this.#interned.get(key);
    if (known === undefined) this.#interned.set(key, (known = this.#newValue(atoms)));
    return known;
  }

  #newValue(atoms: readonly Atom[]): Value {
    return { id: ++this.#lastValue, atoms };
  }
}

function textOf(value: Exclude<Scalar, string>): string {
  return value === null || typeof value === 'boolean' ? String(value) : `n${numberText(value)}`;
}
