import { type Field, type FragmentSpread, type SelectionSet, type Type } from './graphql-ast.ts';
import { type Collected, collectFields, sameFields } from './graphql-collect.ts';
import { GraphqlError } from './graphql-error.ts';
import { isLeafType } from './graphql-kinds.ts';
import type { QueryContext, QueryRule } from './graphql-rule.ts';
import { sameArguments } from './graphql-same-value.ts';

/**
 * OverlappingFieldsCanBeMerged: fields that would stand under one name in the result have to be the same field, with the
 * same arguments, of types that agree. Compares what gqlparser compares, in its order, and remembers what it remembers.
 */
export function overlapRule(context: QueryContext): QueryRule {
  const check = new OverlapCheck(context);
  return {
    operation: (node) => check.within(node.SelectionSet),
    field: (node) => {
      if (context.operation !== undefined) check.within(node.SelectionSet);
    },
    inlineFragment: (node) => check.within(node.SelectionSet),
    fragment: (node) => check.within(node.SelectionSet),
  };
}

class OverlapCheck {
  readonly #context: QueryContext;
  readonly #collected = new WeakMap<SelectionSet, Collected>();
  /** Pairs of fragments that were compared, and whether only as ones of which at most one applies. */
  readonly #comparedPairs = new Map<string, boolean>();
  /** Fragments that fields were compared with. Begun anew inside of comparisons, too, which those outside then see. */
  #comparedFragments = new Set<string>();

  constructor(context: QueryContext) {
    this.#context = context;
  }

  within(selections: SelectionSet): void {
    if (selections.length === 0) return;
    const collected = this.#collect(selections);
    for (const fields of collected.fields.values()) {
      for (const [i, field] of fields.entries()) {
        for (const other of fields.slice(i + 1)) this.#compare(false, field, other);
      }
    }
    this.#comparedFragments = new Set();
    for (const [i, spread] of collected.spreads.entries()) {
      this.#fieldsWithFragment(false, collected, spread);
      for (const other of collected.spreads.slice(i + 1)) this.#fragments(false, spread, other);
    }
  }

  #fieldsWithFragment(exclusive: boolean, collected: Collected, spread: FragmentSpread): void {
    this.#context.budget.spend(1);
    if (this.#comparedFragments.has(spread.Name)) return;
    this.#comparedFragments.add(spread.Name);
    if (spread.Definition === undefined) return;
    const others = this.#collect(spread.Definition.SelectionSet);
    if (sameFields(collected, others)) return;
    this.#between(exclusive, collected, others);
    for (const next of others.spreads) {
      if (next.Name === spread.Name) continue;
      this.#context.budget.nested(() => this.#fieldsWithFragment(exclusive, collected, next));
    }
  }

  #fragments(exclusive: boolean, left: FragmentSpread, right: FragmentSpread): void {
    this.#context.budget.spend(1);
    if (left.Name === right.Name || this.#wereCompared(exclusive, left, right)) return;
    if (left.Definition === undefined || right.Definition === undefined) return;
    const lefts = this.#collect(left.Definition.SelectionSet);
    const rights = this.#collect(right.Definition.SelectionSet);
    this.#between(exclusive, lefts, rights);
    this.#context.budget.nested(() => {
      for (const next of rights.spreads) this.#fragments(exclusive, left, next);
      for (const next of lefts.spreads) this.#fragments(exclusive, next, right);
    });
  }

  /** Remembers the pair. Compared as ones of which both may apply says more than compared as exclusive ones. */
  #wereCompared(
    exclusive: boolean,
    { Name: left }: FragmentSpread,
    { Name: right }: FragmentSpread,
  ): boolean {
    const key = JSON.stringify(left < right ? [left, right] : [right, left]);
    const known = this.#comparedPairs.get(key);
    if (known === false || (known === true && exclusive)) return true;
    this.#comparedPairs.set(key, exclusive);
    return false;
  }

  #between(exclusive: boolean, left: Collected, right: Collected): void {
    this.#context.budget.spend(left.fields.size);
    for (const [name, fields] of left.fields) {
      const others = right.fields.get(name) ?? [];
      for (const field of fields) for (const other of others) this.#compare(exclusive, field, other);
    }
  }

  #compare(parentsExclusive: boolean, left: Field, right: Field): void {
    this.#context.budget.spend(1);
    const [one, two] = [left.ObjectDefinition, right.ObjectDefinition];
    if (one === undefined || two === undefined) return;
    const bothDefined = left.Definition !== undefined && right.Definition !== undefined;
    const differ = one.Name !== two.Name && one.Kind === 'OBJECT' && two.Kind === 'OBJECT';
    const exclusive = parentsExclusive || (differ && bothDefined);
    if (!exclusive && left.Name !== right.Name) {
      this.#conflict(right, `"${left.Name}" and "${right.Name}" are different fields`);
    }
    if (!exclusive && !sameArguments(left.Arguments, right.Arguments, this.#context.budget)) {
      this.#conflict(right, 'they have differing arguments');
    }
    if (bothDefined && this.#typesConflict(left.Definition!.Type, right.Definition!.Type)) {
      this.#conflict(right, 'they return conflicting types');
    }
    this.#context.budget.nested(() => this.#subselections(exclusive, left.SelectionSet, right.SelectionSet));
  }

  #subselections(exclusive: boolean, left: SelectionSet, right: SelectionSet): void {
    const lefts = this.#collect(left);
    const rights = this.#collect(right);
    this.#between(exclusive, lefts, rights);
    for (const spread of rights.spreads) {
      this.#comparedFragments = new Set();
      this.#fieldsWithFragment(exclusive, lefts, spread);
    }
    for (const spread of lefts.spreads) {
      this.#comparedFragments = new Set();
      this.#fieldsWithFragment(exclusive, rights, spread);
    }
    for (const spread of lefts.spreads) {
      for (const other of rights.spreads) this.#fragments(exclusive, spread, other);
    }
  }

  #typesConflict(left: Type, right: Type): boolean {
    if (left.Elem !== undefined && right.Elem !== undefined)
      return this.#typesConflict(left.Elem, right.Elem);
    if (left.Elem !== undefined || right.Elem !== undefined || left.NonNull !== right.NonNull) return true;
    const { types } = this.#context.schema;
    return (
      left.NamedType !== right.NamedType &&
      isLeafType(types.get(left.NamedType)!) &&
      isLeafType(types.get(right.NamedType)!)
    );
  }

  #conflict({ Alias, Position }: Field, reason: string): never {
    throw new GraphqlError(`Fields "${Alias}" conflict because ${reason}`, Position);
  }

  #collect(selections: SelectionSet): Collected {
    const known = this.#collected.get(selections);
    if (known !== undefined) return known;
    const collected = collectFields(selections);
    this.#collected.set(selections, collected);
    return collected;
  }
}
