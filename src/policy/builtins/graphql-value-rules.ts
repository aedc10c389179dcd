import { type Type, VALUE, type Value } from './graphql-ast.ts';
import { GraphqlError } from './graphql-error.ts';
import { isCompatible } from './graphql-interface-rules.ts';
import { isReadable } from './graphql-literal.ts';
import { named } from './graphql-named.ts';
import type { QueryContext, QueryRule } from './graphql-rule.ts';
import type { Definition } from './graphql-schema-ast.ts';

/**
 * NoUndefinedVariables, UniqueInputFieldNames, ValuesOfCorrectType and VariablesInAllowedPosition of gqlparser.
 */
export function valueRules(context: QueryContext): QueryRule {
  return {
    value: (node) => {
      if (node.Kind === VALUE.object) checkMembers(node);
      if (node.Definition !== undefined && node.ExpectedType !== undefined) {
        checkType(context, node, node.Definition, node.ExpectedType);
        if (node.Kind === VALUE.object) checkOneOfVariables(node, node.Definition);
      }
      if (node.Kind === VALUE.variable && context.operation !== undefined) checkVariable(node);
    },
  };
}

function fail(node: Value, message: string): never {
  throw new GraphqlError(message, node.Position);
}

function checkMembers(node: Value): void {
  const seen = new Set<string>();
  for (const { Name } of node.Children) {
    if (seen.has(Name)) fail(node, `There can be only one input field named "${Name}"`);
    seen.add(Name);
  }
}

/** The scalars whose literals are looked at; other scalars take any value. */
const CHECKED: ReadonlySet<string> = new Set(['Int', 'Float', 'String', 'Boolean', 'ID']);

/** By kind of literal, the types that take it; no other types may have their names. */
const TAKERS: ReadonlyMap<number, ReadonlySet<string>> = new Map([
  [VALUE.int, new Set(['Int', 'Float', 'ID'])],
  [VALUE.float, new Set(['Float'])],
  [VALUE.string, new Set(['String', 'ID'])],
  [VALUE.block, new Set(['String', 'ID'])],
  [VALUE.boolean, new Set(['Boolean'])],
]);

function checkType(context: QueryContext, node: Value, definition: Definition, expected: Type): void {
  if (node.Kind === VALUE.null && expected.NonNull) fail(node, 'Expected a value, found null');
  if (definition.Kind === 'SCALAR' && !CHECKED.has(definition.Name)) return;
  if (!isReadable(node, context.budget)) fail(node, `Value cannot be represented: ${node.Raw}`);
  if (node.Kind === VALUE.null || node.Kind === VALUE.variable) return;
  if (node.Kind === VALUE.list) {
    if (expected.Elem === undefined) fail(node, `Expected value of type "${definition.Name}", found a list`);
  } else if (node.Kind === VALUE.object) checkObject(context, node, definition);
  else if (node.Kind === VALUE.enum) {
    if (definition.Kind !== 'ENUM' || named(definition.EnumValues, node.Raw) === undefined) {
      fail(node, `Value "${node.Raw}" does not exist in "${definition.Name}" enum`);
    }
  } else if (TAKERS.get(node.Kind)?.has(definition.Name) !== true) {
    fail(node, `Expected value of type "${definition.Name}", found ${node.Raw}`);
  }
}

function checkObject({ budget }: QueryContext, node: Value, definition: Definition): void {
  budget.spend(definition.Fields.length);
  for (const { Name, Type, DefaultValue } of definition.Fields) {
    if (!Type.NonNull || DefaultValue !== undefined || named(node.Children, Name) !== undefined) continue;
    fail(node, `Field "${definition.Name}.${Name}" was not provided`);
  }
  for (const { Name } of node.Children) {
    if (named(definition.Fields, Name) === undefined) {
      fail(node, `Field "${Name}" is not defined by type "${definition.Name}"`);
    }
  }
  if (named(definition.Directives, 'oneOf') === undefined) return;
  const [only] = node.Children;
  if (node.Children.length !== 1 || only?.Value.Kind === VALUE.null) {
    fail(node, `OneOf Input Object "${definition.Name}" must specify exactly one key, which is not null`);
  }
}

/** Of a custom scalar, too, if `@oneOf` was defined anew for those. */
function checkOneOfVariables(node: Value, definition: Definition): void {
  if (named(definition.Directives, 'oneOf') === undefined) return;
  for (const { Value: value } of node.Children) {
    if (value.Kind !== VALUE.variable || value.VariableDefinition?.Type.NonNull !== false) continue;
    fail(node, `Variable "$${value.Raw}" must be non-nullable in "${definition.Name}"`);
  }
}

function checkVariable(node: Value): void {
  const { VariableDefinition: variable, ExpectedType: expected } = node;
  if (variable === undefined) fail(node, `Variable "$${node.Raw}" is not defined`);
  if (expected === undefined) return;
  const { DefaultValue: value } = variable;
  const hasDefault = node.ExpectedTypeHasDefault || (value !== undefined && value.Kind !== VALUE.null);
  const NonNull = expected.NonNull && !hasDefault;
  if (!isCompatible(variable.Type, { ...expected, NonNull })) {
    fail(node, `Variable "$${node.Raw}" is used in a position of another type`);
  }
}
