import type { FragmentDefinition, FragmentSpread, SelectionSet } from './graphql-ast.ts';
import { GraphqlError } from './graphql-error.ts';
import { named } from './graphql-named.ts';
import type { QueryContext } from './graphql-rule.ts';

/**
 * NoFragmentCycles of gqlparser. Comes before the other rules, which then end: gqlparser compares overlapping fields first,
 * and a circle can overflow its stack.
 */
export function checkFragmentCycles(context: QueryContext): void {
  const withoutCycle = new Set<string>();
  for (const fragment of context.document.Fragments) checkCycles(context, fragment, withoutCycle, new Set());
}

function checkCycles(
  context: QueryContext,
  fragment: FragmentDefinition,
  withoutCycle: Set<string>,
  path: Set<string>,
): void {
  if (withoutCycle.has(fragment.Name)) return;
  path.add(fragment.Name);
  for (const { Name, Position } of spreadsIn(fragment.SelectionSet)) {
    if (path.has(Name)) throw new GraphqlError(`Cannot spread fragment "${Name}" within itself`, Position);
    const next = named(context.document.Fragments, Name);
    if (next !== undefined) context.budget.nested(() => checkCycles(context, next, withoutCycle, path));
  }
  path.delete(fragment.Name);
  withoutCycle.add(fragment.Name);
}

function spreadsIn(selections: SelectionSet): FragmentSpread[] {
  const spreads: FragmentSpread[] = [];
  const sets = [selections];
  for (let set = sets.pop(); set !== undefined; set = sets.pop()) {
    for (const node of set) {
      if ('SelectionSet' in node) sets.push(node.SelectionSet);
      else spreads.push(node);
    }
  }
  return spreads;
}
