import { type GraphqlBudget, GraphqlError } from './graphql-error.ts';
import { graphqlPrelude } from './graphql-prelude.ts';
import type {
  Definition,
  DirectiveDefinition,
  FieldDefinition,
  SchemaDefinition,
  SchemaDocument,
} from './graphql-schema-ast.ts';
import { checkDirectiveUses } from './graphql-schema-directives.ts';
import { checkSchema } from './graphql-schema-rules.ts';

type Extensible = { -readonly [K in keyof Definition]: Definition[K] };

/** What queries are validated against. */
export interface Schema {
  readonly types: ReadonlyMap<string, Definition>;
  readonly directives: ReadonlyMap<string, DirectiveDefinition>;
  /** By the name of an interface, a union or an object: the names of what it can be. */
  readonly possibleTypes: ReadonlyMap<string, ReadonlySet<string>>;
  /** By operation: query, mutation, subscription. */
  readonly roots: ReadonlyMap<string, Definition>;
}

const ROOTS: readonly (readonly [operation: string, type: string])[] = [
  ['query', 'Query'],
  ['mutation', 'Mutation'],
  ['subscription', 'Subscription'],
];

/** The prelude's directives may be defined again; the last definition counts. */
const REDEFINABLE: ReadonlySet<string> = new Set(
  'include skip deprecated specifiedBy defer oneOf'.split(' '),
);

/**
 * Builds a schema and checks it: ValidateSchemaDocument of gqlparser's validator/schema.go. Leaves the document as it is.
 * @throws GraphqlError where gqlparser errs.
 */
export function buildSchema(document: SchemaDocument, budget: GraphqlBudget): Schema {
  const prelude = graphqlPrelude();
  const types = mergedTypes([...prelude.Definitions, ...document.Definitions], document.Extensions);
  const directives = directivesByName([...prelude.Directives, ...document.Directives]);
  const roots = new Map<string, Definition>();
  const schema: Schema = { types, directives, possibleTypes: possibleTypesOf(types), roots };
  const [definition, second] = document.Schema;
  if (second !== undefined) {
    throw new GraphqlError('Cannot have multiple schema entry points', second.Position);
  }
  for (const part of definition === undefined ? [] : [definition]) addRoots(schema, roots, part);
  for (const part of document.SchemaExtension) addRoots(schema, roots, part);
  checkSchema(schema, budget);
  if (definition === undefined) {
    for (const [operation, name] of ROOTS) {
      const type = types.get(name);
      if (type !== undefined && !roots.has(operation)) roots.set(operation, type);
    }
  }
  const query: Extensible | undefined = roots.get('query');
  if (query !== undefined) query.Fields = [...query.Fields, ...INTROSPECTION];
  return schema;
}

/** Copies, with what extensions add. An extension of nothing is a type of its own. */
function mergedTypes(
  definitions: readonly Definition[],
  extensions: readonly Definition[],
): Map<string, Extensible> {
  const types = new Map<string, Extensible>();
  for (const definition of definitions) {
    if (types.has(definition.Name)) {
      throw new GraphqlError(`Cannot redeclare type ${definition.Name}`, definition.Position);
    }
    types.set(definition.Name, { ...definition });
  }
  for (const extension of extensions) {
    const type = types.get(extension.Name);
    if (type === undefined) {
      types.set(extension.Name, { ...extension, BuiltIn: false });
      continue;
    }
    if (type.Kind !== extension.Kind) {
      throw new GraphqlError(`Cannot extend type ${type.Name}, which is a ${type.Kind}`, extension.Position);
    }
    type.Directives = type.Directives.concat(extension.Directives);
    type.Interfaces = type.Interfaces.concat(extension.Interfaces);
    type.Fields = type.Fields.concat(extension.Fields);
    type.Types = type.Types.concat(extension.Types);
    type.EnumValues = type.EnumValues.concat(extension.EnumValues);
  }
  return types;
}

function directivesByName(definitions: readonly DirectiveDefinition[]): Map<string, DirectiveDefinition> {
  const directives = new Map<string, DirectiveDefinition>();
  for (const directive of definitions) {
    if (directives.has(directive.Name) && !REDEFINABLE.has(directive.Name)) {
      throw new GraphqlError(`Cannot redeclare directive ${directive.Name}`, directive.Position);
    }
    directives.set(directive.Name, directive);
  }
  return directives;
}

function possibleTypesOf(types: ReadonlyMap<string, Definition>): Map<string, Set<string>> {
  const possible = new Map<string, Set<string>>();
  const add = (name: string, type: string): void => {
    const names = possible.get(name);
    if (names === undefined) possible.set(name, new Set([type]));
    else names.add(type);
  };
  for (const { Kind, Name, Interfaces, Types } of types.values()) {
    if (Kind === 'UNION') for (const type of Types) add(Name, type);
    if (Kind === 'INPUT_OBJECT' || Kind === 'OBJECT' || Kind === 'INTERFACE') {
      for (const implemented of Interfaces) add(implemented, Name);
    }
    if (Kind === 'INPUT_OBJECT' || Kind === 'OBJECT') add(Name, Name);
  }
  return possible;
}

function addRoots(schema: Schema, roots: Map<string, Definition>, part: SchemaDefinition): void {
  for (const { Operation, Type, Position } of part.OperationTypes) {
    const type = schema.types.get(Type);
    if (type === undefined) {
      throw new GraphqlError(
        `Schema root ${Operation} refers to a type ${Type} that does not exist`,
        Position,
      );
    }
    roots.set(Operation, type);
  }
  checkDirectiveUses(schema, part.Directives, 'SCHEMA');
}

const NAMELESS = { Description: '', Directives: [], Arguments: [] };

const INTROSPECTION: readonly FieldDefinition[] = [
  { ...NAMELESS, Name: '__schema', Type: { NamedType: '__Schema', NonNull: true } },
  {
    ...NAMELESS,
    Name: '__type',
    Type: { NamedType: '__Type', NonNull: false },
    Arguments: [{ ...NAMELESS, Name: 'name', Type: { NamedType: 'String', NonNull: true } }],
  },
];
