import { type Argument, type Field, type SelectionSet, typeName, typeText } from './graphql-ast.ts';
import { GraphqlError } from './graphql-error.ts';
import { isLeafType } from './graphql-kinds.ts';
import { named } from './graphql-named.ts';
import type { QueryContext, QueryRule } from './graphql-rule.ts';
import type { ArgumentDefinition } from './graphql-schema-ast.ts';

/**
 * FieldsOnCorrectType, KnownArgumentNames, KnownDirectives, MaxIntrospectionDepth, ProvidedRequiredArguments, ScalarLeafs,
 * UniqueArgumentNames and UniqueDirectivesPerLocation of gqlparser.
 */
export function fieldRules(context: QueryContext): QueryRule {
  return {
    field: (node) => {
      const { Name, Definition, ObjectDefinition, Position } = node;
      if (Definition === undefined && ObjectDefinition !== undefined) {
        throw new GraphqlError(`Cannot query field "${Name}" on type "${ObjectDefinition.Name}"`, Position);
      }
      if (Definition !== undefined) {
        if (ObjectDefinition !== undefined) checkKnown(Definition.Arguments, node.Arguments);
        checkRequired(`Field "${Name}"`, Definition.Arguments, node.Arguments, Position);
        checkLeaf(context, node, typeName(Definition.Type));
      }
      checkUnique(node.Arguments);
      if (Name === '__schema' || Name === '__type') checkIntrospection(context, node);
    },
    directive: ({ Name, Definition, Location, Arguments, Position }) => {
      if (Definition === undefined) throw new GraphqlError(`Unknown directive "@${Name}"`, Position);
      if (!Definition.Locations.includes(Location)) {
        throw new GraphqlError(`Directive "@${Name}" may not be used on ${Location}`, Position);
      }
      checkKnown(Definition.Arguments, Arguments);
      checkRequired(`Directive "@${Name}"`, Definition.Arguments, Arguments, Position);
      checkUnique(Arguments);
    },
    directives: (nodes) => {
      const seen = new Set<string>();
      for (const { Name, Definition, Position } of nodes) {
        if (seen.has(Name) && Definition?.IsRepeatable !== true) {
          throw new GraphqlError(`The directive "@${Name}" can only be used once at this location`, Position);
        }
        seen.add(Name);
      }
    },
  };
}

function checkKnown(definitions: readonly ArgumentDefinition[], args: readonly Argument[]): void {
  for (const { Name, Position } of args) {
    if (named(definitions, Name) === undefined)
      throw new GraphqlError(`Unknown argument "${Name}"`, Position);
  }
}

function checkRequired(
  what: string,
  definitions: readonly ArgumentDefinition[],
  args: readonly Argument[],
  position: number | undefined,
): void {
  for (const { Name, Type, DefaultValue } of definitions) {
    if (!Type.NonNull || DefaultValue !== undefined || named(args, Name) !== undefined) continue;
    const type = typeText(Type);
    throw new GraphqlError(
      `${what} argument "${Name}" of type "${type}" is required, but it was not provided`,
      position,
    );
  }
}

function checkUnique(args: readonly Argument[]): void {
  const seen = new Set<string>();
  for (const { Name, Position } of args) {
    if (seen.has(Name)) throw new GraphqlError(`There can be only one argument named "${Name}"`, Position);
    seen.add(Name);
  }
}

function checkLeaf({ schema }: QueryContext, { Name, SelectionSet, Position }: Field, type: string): void {
  const definition = schema.types.get(type);
  if (definition === undefined) return;
  if (isLeafType(definition) && SelectionSet.length > 0) {
    throw new GraphqlError(`Field "${Name}" must not have a selection: "${type}" has no subfields`, Position);
  }
  if (!isLeafType(definition) && SelectionSet.length === 0) {
    throw new GraphqlError(`Field "${Name}" of type "${type}" must have a selection of subfields`, Position);
  }
}

const LISTS: ReadonlySet<string> = new Set(['fields', 'interfaces', 'possibleTypes', 'inputFields']);
const MAX_LISTS = 3;

function checkIntrospection(context: QueryContext, field: Field): void {
  const open = new Set<string>();
  const check = (selections: SelectionSet, outer: number): void => {
    context.budget.spend(1 + selections.length);
    for (const node of selections) {
      if ('Alias' in node) {
        const lists = LISTS.has(node.Name) ? outer + 1 : outer;
        if (lists >= MAX_LISTS)
          throw new GraphqlError('Maximum introspection depth exceeded', field.Position);
        context.budget.nested(() => check(node.SelectionSet, lists));
      } else if ('TypeCondition' in node) context.budget.nested(() => check(node.SelectionSet, outer));
      else if (node.Definition !== undefined && !open.has(node.Name)) {
        const { SelectionSet } = node.Definition;
        open.add(node.Name);
        context.budget.nested(() => check(SelectionSet, outer));
        open.delete(node.Name);
      }
    }
  };
  check(field.SelectionSet, 0);
}
