import type { Field, FragmentSpread, SelectionSet } from './graphql-ast.ts';

/** Of a selection set with its inline fragments: the fields by the name of their result, and the fragments. */
export interface Collected {
  readonly fields: ReadonlyMap<string, readonly Field[]>;
  readonly spreads: readonly FragmentSpread[];
}

export function collectFields(selections: SelectionSet): Collected {
  const fields = new Map<string, Field[]>();
  const spreads: FragmentSpread[] = [];
  const add = (set: SelectionSet): void => {
    for (const node of set) {
      if ('TypeCondition' in node) add(node.SelectionSet);
      else if (!('Alias' in node)) spreads.push(node);
      else {
        const name = node.Alias === '' ? node.Name : node.Alias;
        const same = fields.get(name);
        if (same === undefined) fields.set(name, [node]);
        else same.push(node);
      }
    }
  };
  add(selections);
  return { fields, spreads };
}

/** Both none, or the very same nodes. */
export function sameFields({ fields: left }: Collected, { fields: right }: Collected): boolean {
  if (left.size !== right.size) return false;
  return left.entries().every(([name, nodes]) => {
    const others = right.get(name);
    return others?.length === nodes.length && nodes.every((node, i) => node === others[i]);
  });
}
