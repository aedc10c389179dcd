import type { RegoObject, RegoValue } from '../../value.ts';
import type { Builtin } from '../builtin.ts';
import { sortedElements } from '../compare.ts';
import { identityText } from '../identity-text.ts';
import { pathOf } from '../json-patch.ts';
import { objectOperand, typeError } from '../operands.ts';
import { setOf } from './distinct.ts';

/** `json.filter` and `json.remove` (v1/topdown/json.go, ast.Object.Filter). */
export const jsonPathBuiltins: readonly Builtin[] = [
  {
    name: 'json.filter',
    effects: [],
    call: (_context, object, paths) => filterObject(objectOperand(object, 1), pathsOf(paths)),
  },
  {
    name: 'json.remove',
    effects: [],
    call: (_context, object, paths) => remove(objectOperand(object, 1), pathsOf(paths)),
  },
];

/** Where paths go next: the key as the first of them writes it, and what is below it. */
interface Branch {
  readonly key: RegoValue;
  readonly node: PathNode | 'end';
}

/** What paths have in common. One that ends covers all that is below. */
class PathNode {
  readonly #branches = new Map<string, Branch>();

  get size(): number {
    return this.#branches.size;
  }

  /** Undefined when no path goes there. */
  branch(key: RegoValue): Branch | undefined {
    return this.#branches.get(identityText(key));
  }

  /** Gives the node below; undefined when a path ends there, now or before. */
  extend(key: RegoValue, isEnd: boolean): PathNode | undefined {
    const identity = identityText(key);
    const known = this.#branches.get(identity);
    if (known?.node === 'end') return undefined;
    const node = isEnd ? 'end' : (known?.node ?? new PathNode());
    this.#branches.set(identity, { key: known?.key ?? key, node });
    return node === 'end' ? undefined : node;
  }
}

function pathsOf(paths: RegoValue | undefined): PathNode {
  const root = new PathNode();
  const list = paths instanceof Set ? sortedElements(paths) : paths;
  if (!Array.isArray(list)) throw typeError(2, paths, 'set', 'array');
  for (const path of list.map(pathOf)) {
    let node: PathNode | undefined = root;
    for (const [i, key] of path.entries()) node = node?.extend(key, i === path.length - 1);
  }
  return root;
}

/** Keeps what the paths lead to; a path that goes on below a scalar keeps the scalar. */
function filter(value: RegoValue, node: PathNode | 'end'): RegoValue {
  if (node === 'end') return value;
  if (Array.isArray(value)) return value.flatMap((element, i) => kept(element, node.branch(String(i))));
  if (value instanceof Set)
    return setOf([...value].flatMap((element) => kept(element, node.branch(element))));
  return value instanceof Map ? filterObject(value, node) : value;
}

function kept(value: RegoValue, branch: Branch | undefined): RegoValue[] {
  return branch === undefined ? [] : [filter(value, branch.node)];
}

/** Keys are as the object or the paths write them, whichever has more. */
function filterObject(object: RegoObject, node: PathNode): RegoObject {
  const result: RegoObject = new Map();
  for (const [key, value] of object) {
    const branch = node.branch(key);
    if (branch !== undefined) {
      result.set(object.size < node.size ? branch.key : key, filter(value, branch.node));
    }
  }
  return result;
}

/** Leaves out what the paths lead to. */
function remove(value: RegoValue, node: PathNode): RegoValue {
  if (Array.isArray(value)) return value.flatMap((element, i) => left(element, node.branch(String(i))));
  if (value instanceof Set)
    return setOf([...value].flatMap((element) => left(element, node.branch(element))));
  if (!(value instanceof Map)) return value;
  const result: RegoObject = new Map();
  for (const [key, member] of value) {
    for (const rest of left(member, node.branch(key))) result.set(key, rest);
  }
  return result;
}

function left(value: RegoValue, branch: Branch | undefined): RegoValue[] {
  if (branch === undefined) return [value];
  return branch.node === 'end' ? [] : [remove(value, branch.node)];
}
