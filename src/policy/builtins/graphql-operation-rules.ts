import type { OperationDefinition, SelectionSet } from './graphql-ast.ts';
import { GraphqlError } from './graphql-error.ts';
import { isInputType } from './graphql-kinds.ts';
import type { QueryContext, QueryRule } from './graphql-rule.ts';

/**
 * KnownRootType, KnownTypeNames of variables, LoneAnonymousOperation, NoUnusedVariables, SingleFieldSubscriptions,
 * UniqueOperationNames, UniqueVariableNames and VariablesAreInputTypes of gqlparser.
 */
export function operationRules(context: QueryContext): QueryRule {
  const names = new Set<string>();
  return {
    operation: (node) => {
      const { Operation, Name, Position } = node;
      if (!context.schema.roots.has(Operation === '' ? 'query' : Operation)) {
        throw new GraphqlError(`Schema does not support operation type "${Operation}"`, Position);
      }
      if (Name === '' && context.document.Operations.length > 1) {
        throw new GraphqlError('This anonymous operation must be the only defined operation', Position);
      }
      if (names.has(Name))
        throw new GraphqlError(`There can be only one operation named "${Name}"`, Position);
      names.add(Name);
      checkVariables(node);
      if (Operation === 'subscription') checkSubscription(node);
    },
    variable: ({ Definition, Variable, Position }) => {
      if (Definition === undefined)
        throw new GraphqlError(`Unknown type of variable "$${Variable}"`, Position);
    },
  };
}

function checkVariables({ VariableDefinitions }: OperationDefinition): void {
  const seen = new Set<string>();
  for (const { Variable, Definition, Used, Position } of VariableDefinitions) {
    if (!Used) throw new GraphqlError(`Variable "$${Variable}" is never used`, Position);
    if (seen.has(Variable)) {
      throw new GraphqlError(`There can be only one variable named "$${Variable}"`, Position);
    }
    seen.add(Variable);
    if (Definition !== undefined && !isInputType(Definition)) {
      throw new GraphqlError(`Variable "$${Variable}" cannot be of a non-input type`, Position);
    }
  }
}

function checkSubscription({ SelectionSet, Position }: OperationDefinition): void {
  const names = new Set<string>();
  collectTopLevel(SelectionSet, names, new Set());
  if (names.size > 1) throw new GraphqlError('A subscription must select only one top level field', Position);
  for (const name of names) {
    if (!name.startsWith('__')) continue;
    throw new GraphqlError('A subscription must not select an introspection top level field', Position);
  }
}

/** The names of fields, not their aliases: gqlparser counts equal ones once. */
function collectTopLevel(selections: SelectionSet, names: Set<string>, seen: Set<string>): void {
  for (const node of selections) {
    if ('Alias' in node) names.add(node.Name);
    else if ('TypeCondition' in node) collectTopLevel(node.SelectionSet, names, seen);
    else if (node.Definition !== undefined && !seen.has(node.Definition.Name)) {
      seen.add(node.Definition.Name);
      collectTopLevel(node.Definition.SelectionSet, names, seen);
    }
  }
}
