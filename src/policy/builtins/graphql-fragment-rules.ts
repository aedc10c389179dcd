import { GraphqlError } from './graphql-error.ts';
import { isCompositeType } from './graphql-kinds.ts';
import type { QueryContext, QueryRule } from './graphql-rule.ts';
import type { Definition } from './graphql-schema-ast.ts';

/**
 * FragmentsOnCompositeTypes, KnownFragmentNames, KnownTypeNames of fragments, NoUnusedFragments, PossibleFragmentSpreads
 * and UniqueFragmentNames of gqlparser.
 */
export function fragmentRules(context: QueryContext): QueryRule {
  const { schema } = context;
  const used = new Set<string>();
  const seen = new Set<string>();
  return {
    fragment: (node) => {
      const { Name, TypeCondition, Definition, Position } = node;
      checkCondition(Definition, TypeCondition, Position);
      if (!used.has(Name)) throw new GraphqlError(`Fragment "${Name}" is never used`, Position);
      if (seen.has(Name)) throw new GraphqlError(`There can be only one fragment named "${Name}"`, Position);
      seen.add(Name);
    },
    inlineFragment: ({ TypeCondition, ObjectDefinition, Position }) => {
      if (TypeCondition === '') return;
      checkCondition(schema.types.get(TypeCondition), TypeCondition, Position);
      checkPossible(context, ObjectDefinition, TypeCondition, Position);
    },
    fragmentSpread: ({ Name, Definition, ObjectDefinition, Position }) => {
      if (Definition === undefined) throw new GraphqlError(`Unknown fragment "${Name}"`, Position);
      // In an operation, or in a fragment that one uses: fragments on their own come last.
      if (context.operation !== undefined) used.add(Name);
      checkPossible(context, ObjectDefinition, Definition.TypeCondition, Position);
    },
  };
}

function checkCondition(type: Definition | undefined, name: string, position: number | undefined): void {
  if (type === undefined) throw new GraphqlError(`Unknown type "${name}"`, position);
  if (isCompositeType(type)) return;
  throw new GraphqlError(`Fragment cannot condition on non composite type "${name}"`, position);
}

/** Whether something can be of both types. */
function checkPossible(
  { schema, budget }: QueryContext,
  parent: Definition | undefined,
  name: string,
  position: number | undefined,
): void {
  const condition = schema.types.get(name);
  if (parent === undefined || !isCompositeType(parent)) return;
  if (condition === undefined || !isCompositeType(condition)) return;
  const some = parent.Kind === 'OBJECT' ? new Set([parent.Name]) : schema.possibleTypes.get(parent.Name);
  const others = schema.possibleTypes.get(name);
  if (some !== undefined && others !== undefined) {
    budget.spend(1 + Math.min(some.size, others.size));
    if (!some.isDisjointFrom(others)) return;
  }
  const message = `Fragment cannot be spread here as objects of type "${parent.Name}" can never be of type "${name}"`;
  throw new GraphqlError(message, position);
}
