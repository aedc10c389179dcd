/** Footprints that forget one read. */
import { COMPARED, FULL, KEYS, type ReadTree, SCALAR, TYPE } from '../../src/policy/plan/footprint.ts';

export interface Mutant {
  /** Such as `input.user without KEYS`, `input.user.id not read`. */
  readonly name: string;
  /** `bit`: one kind of read of a value; `child`: all of what stands under a key; `each`: all of the others. */
  readonly kind: 'bit' | 'child' | 'each';
  readonly tree: ReadTree;
}

const BITS: readonly (readonly [name: string, bit: number])[] = [
  ['TYPE', TYPE],
  ['KEYS', KEYS],
  ['COMPARED', COMPARED],
  ['SCALAR', SCALAR],
  ['FULL', FULL],
];

/** What each bit shows is shown anyway by one of these. */
const COVERED: ReadonlyMap<number, number> = new Map([
  [TYPE, COMPARED | SCALAR | FULL],
  [KEYS, FULL],
  [COMPARED, SCALAR | FULL],
  [SCALAR, FULL],
]);

/** Whether a wildcard shows what a node beside it does. */
function showsAll({ reads: shown }: ReadTree, { reads, children, each }: ReadTree): boolean {
  if ((shown & FULL) !== 0) return true;
  const bits = BITS.filter(([, bit]) => (reads & bit) !== 0);
  return (
    children === undefined &&
    each === undefined &&
    bits.every(([, bit]) => (shown & (bit | (COVERED.get(bit) ?? 0))) !== 0)
  );
}

/** Each without one bit, one child or one `each`, somewhere in the tree; but for those that show the same as the tree. */
export function* mutantsOf(tree: ReadTree, path = 'input'): Generator<Mutant> {
  const { reads, children, each } = tree;
  for (const [name, bit] of BITS) {
    if ((reads & bit) === 0 || (reads & (COVERED.get(bit) ?? 0)) !== 0) continue;
    if (bit === KEYS && each !== undefined) continue;
    yield { name: `${path} without ${name}`, kind: 'bit', tree: { ...tree, reads: reads & ~bit } };
  }
  if ((reads & FULL) !== 0) return;
  for (const [key, child] of children ?? []) {
    if (each !== undefined && showsAll(each, child)) continue;
    const below = `${path}.${key}`;
    const others = new Map(children);
    others.delete(key);
    yield { name: `${below} not read`, kind: 'child', tree: { ...tree, children: others } };
    for (const mutant of mutantsOf(child, below)) {
      yield { ...mutant, tree: { ...tree, children: new Map(children).set(key, mutant.tree) } };
    }
  }
  if (each === undefined) return;
  // The keys count as read with it.
  const { each: _, ...rest } = tree;
  yield { name: `${path}.* not read`, kind: 'each', tree: { ...rest, reads: reads & ~KEYS } };
  for (const mutant of mutantsOf(each, `${path}.*`))
    yield { ...mutant, tree: { ...tree, each: mutant.tree } };
}
