import type { RegoObject, RegoValue } from '../value.ts';
import { type Builtin, BuiltinError } from './builtin.ts';
import { sortedElements } from './compare.ts';
import { identityText } from './identity-text.ts';
import { objectOperand, typeError } from './operands.ts';

/** `graph.reachable_paths` as OPA's v1/topdown/reachable.go. */
export const graphBuiltins: readonly Builtin[] = [
  {
    name: 'graph.reachable_paths',
    effects: [],
    call: (_context, graph, initial) => {
      const object = objectOperand(graph, 1);
      const roots = initial === undefined ? undefined : verticesOf(initial);
      if (roots === undefined) throw typeError(2, initial, '{array, set}');
      return new PathSearch(object).from(roots);
    },
  },
];

/** Nodes visited, and nodes in the paths found: a graph of n nodes can have more than 2^n paths. */
const MAX_NODES = 1_000_000;

/** Visits the neighbours of the node that stands last in the path. */
interface Visit {
  readonly node: string;
  readonly neighbours: Iterator<RegoValue>;
  /** OPA looks for cycles from the second node on. */
  readonly isRoot: boolean;
}

class PathSearch {
  /** By the node's identity, since keys such as 1 and 1.0 are one. */
  readonly #edges: ReadonlyMap<string, RegoValue>;
  readonly #found = new Set<RegoValue>();
  #nodes = 0;

  constructor(graph: RegoObject) {
    this.#edges = new Map(Array.from(graph, ([node, edges]) => [identityText(node), edges]));
  }

  from(roots: readonly RegoValue[]): RegoValue {
    for (const root of roots) {
      const node = identityText(root);
      const edges = this.#edges.get(node);
      if (edges === undefined) continue;
      const neighbours = verticesOf(edges) ?? [];
      if (neighbours.length === 0) this.#add([root]);
      else this.#search(root, { node, neighbours: neighbours.values(), isRoot: true });
    }
    return this.#found;
  }

  #search(root: RegoValue, first: Visit): void {
    const path = [root];
    const visits = [first];
    const onPath = new Set([first.node]);
    for (let visit = visits.at(-1); visit !== undefined; visit = visits.at(-1)) {
      const next = visit.neighbours.next();
      if (next.done === true) {
        visits.pop();
        path.pop();
        // The root stays on the path that began with it.
        if (visit.node !== first.node) onPath.delete(visit.node);
        continue;
      }
      this.#count(1);
      const node = identityText(next.value);
      const edges = this.#edges.get(node);
      if (edges === undefined || (!visit.isRoot && onPath.has(node))) {
        this.#add(path);
        continue;
      }
      const neighbours = verticesOf(edges) ?? [];
      path.push(next.value);
      if (neighbours.length === 0) {
        this.#add(path);
        path.pop();
      } else {
        visits.push({ node, neighbours: neighbours.values(), isRoot: false });
        onPath.add(node);
      }
    }
  }

  #add(path: readonly RegoValue[]): void {
    this.#count(path.length);
    this.#found.add([...path]);
  }

  #count(nodes: number): void {
    this.#nodes += nodes;
    if (this.#nodes > MAX_NODES)
      throw new BuiltinError(`more than ${MAX_NODES} nodes in the paths of the graph`);
  }
}

/** Vertices stand in arrays or sets; undefined for anything else. */
export function verticesOf(collection: RegoValue): readonly RegoValue[] | undefined {
  if (Array.isArray(collection)) return collection;
  return collection instanceof Set ? sortedElements(collection) : undefined;
}
