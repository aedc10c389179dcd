import type { RegoObject, RegoSet, RegoValue } from '../../value.ts';
import type { Builtin } from '../builtin.ts';
import { entriesOf, valueAt } from '../collections.ts';
import { identityText } from '../identity-text.ts';
import { objectOperand, typeError } from '../operands.ts';
import { verticesOf } from '../reachable-paths.ts';
import { WorkBudget } from '../work-budget.ts';

/** What a document or a graph holds (v1/topdown/walk.go, reachable.go). */
export const graphBuiltins: readonly Builtin[] = [
  {
    name: 'graph.reachable',
    effects: [],
    call: (_context, graph, initial) => {
      const vertices = initial === undefined ? undefined : verticesOf(initial);
      const object = objectOperand(graph, 1);
      if (vertices === undefined) throw typeError(2, initial, '{array, set}');
      return reachable(object, vertices);
    },
  },
  { name: 'walk', effects: [], call: (_context, value) => (value === undefined ? undefined : walk(value)) },
];

/** The vertices of the graph that can be reached, the initial ones among them. */
function reachable(graph: RegoObject, initial: readonly RegoValue[]): RegoSet {
  const reached = new Map<string, RegoValue>();
  const queue = [...initial];
  for (const vertex of queue) {
    const identity = identityText(vertex);
    if (reached.has(identity)) continue;
    const edges = valueAt(graph, vertex);
    if (edges === undefined) continue;
    reached.set(identity, vertex);
    for (const neighbour of verticesOf(edges) ?? []) queue.push(neighbour);
  }
  return new Set(reached.values());
}

/** Pairs, and keys in their paths: a document that is deep has paths of many times its size. */
const MAX_WALK = 4_000_000;

/**
 * Every value in the document with its path, as `[path, value]`: a plan scans the array that the relation becomes.
 * A value stands before what it holds, in OPA's order.
 */
function walk(document: RegoValue): RegoValue[] {
  const pairs: RegoValue[] = [];
  const budget = new WorkBudget('the document has too many paths', MAX_WALK);
  const visit = (path: readonly RegoValue[], value: RegoValue): void => {
    budget.spend(1 + path.length);
    pairs.push([[...path], value]);
    for (const [key, member] of membersOf(value)) visit([...path, key], member);
  };
  visit([], document);
  return pairs;
}

/** An element of a set stands under itself. */
function membersOf(value: RegoValue): Iterable<readonly [RegoValue, RegoValue]> {
  return Array.isArray(value) ? value.entries() : entriesOf(value);
}
