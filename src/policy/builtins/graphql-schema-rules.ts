import { type Type, typeName, typeText } from './graphql-ast.ts';
import { type GraphqlBudget, GraphqlError } from './graphql-error.ts';
import { checkInterfaces } from './graphql-interface-rules.ts';
import type { Schema } from './graphql-schema.ts';
import type { ArgumentDefinition, Definition } from './graphql-schema-ast.ts';
import { checkDirectiveUses, checkName } from './graphql-schema-directives.ts';

/** What a schema's types and directives have to be, along gqlparser's validator/schema.go. */

const OUTPUT: ReadonlySet<string> = new Set(['SCALAR', 'OBJECT', 'INTERFACE', 'UNION', 'ENUM']);
const INPUT: ReadonlySet<string> = new Set(['SCALAR', 'ENUM', 'INPUT_OBJECT']);

/** @throws GraphqlError where gqlparser errs. */
export function checkSchema(schema: Schema, budget: GraphqlBudget): void {
  for (const type of schema.types.values()) checkType(schema, type, budget);
  const visited = new Set<string>();
  for (const type of schema.types.values()) {
    if (type.Kind === 'INPUT_OBJECT') checkInputCycles(schema, type, visited, new Set(), budget);
  }
  for (const { Name, Position, Arguments } of schema.directives.values()) {
    checkName(Name, Position);
    checkArguments(schema, Arguments, { within: Name });
  }
}

function checkType(schema: Schema, type: Definition, budget: GraphqlBudget): void {
  budget.spend(1 + type.Fields.length + type.EnumValues.length);
  checkFields(schema, type);
  for (const member of type.Types) {
    const Kind = schema.types.get(member)?.Kind;
    if (Kind !== 'OBJECT') throw new GraphqlError(`Union member ${member} is no object type`, type.Position);
  }
  checkInterfaces(schema, type, budget);
  if (type.Kind === 'ENUM') checkEnumValues(schema, type);
  unique(type.Fields, (name) => `Field ${type.Name}.${name}`);
  unique(type.EnumValues, (name) => `Enum value ${type.Name}.${name}`);
  unique(
    type.Types.map((Name) => ({ Name, Position: type.Position })),
    (name) => `Member ${name} of union ${type.Name}`,
  );
  if (!type.BuiltIn) checkName(type.Name, type.Position);
  checkDirectiveUses(schema, type.Directives, type.Kind, { merged: true });
}

function checkFields(schema: Schema, type: Definition): void {
  const { Kind, Name, Fields } = type;
  const isInput = Kind === 'INPUT_OBJECT';
  const hasFields = isInput || Kind === 'OBJECT' || Kind === 'INTERFACE';
  if (hasFields && Fields.length === 0) {
    throw new GraphqlError(`${Kind} ${Name}: must define one or more fields`, type.Position);
  }
  for (const field of Fields) {
    checkName(field.Name, field.Position);
    const kind = kindOf(schema, field.Type);
    checkArguments(schema, field.Arguments);
    checkDirectiveUses(schema, field.Directives, isInput ? 'INPUT_FIELD_DEFINITION' : 'FIELD_DEFINITION');
    if (hasFields && !(isInput ? INPUT : OUTPUT).has(kind)) {
      throw new GraphqlError(`${Kind} ${Name}: the field ${field.Name} may not be ${kind}`, field.Position);
    }
  }
}

function checkArguments(
  schema: Schema,
  args: readonly ArgumentDefinition[],
  options: { readonly within?: string } = {},
): void {
  for (const arg of args) {
    checkName(arg.Name, arg.Position);
    if (!INPUT.has(kindOf(schema, arg.Type))) {
      const message = `cannot use ${typeText(arg.Type)} as argument ${arg.Name}: it is no input type`;
      throw new GraphqlError(message, arg.Position);
    }
    checkDirectiveUses(schema, arg.Directives, 'ARGUMENT_DEFINITION', options);
  }
}

function kindOf(schema: Schema, type: Type): string {
  const name = typeName(type);
  const definition = schema.types.get(name);
  if (definition !== undefined) return definition.Kind;
  throw new GraphqlError(`Undefined type ${name}`, type.Position);
}

function checkEnumValues(schema: Schema, type: Definition): void {
  if (type.EnumValues.length === 0) {
    throw new GraphqlError(`ENUM ${type.Name}: must define one or more unique enum values`, type.Position);
  }
  for (const { Name, Directives } of type.EnumValues) {
    if (/^(?:true|false|null)$/.test(Name)) {
      throw new GraphqlError(`ENUM ${type.Name}: non-enum value ${Name}`, type.Position);
    }
    checkDirectiveUses(schema, Directives, 'ENUM_VALUE');
  }
}

function unique(
  items: readonly { readonly Name: string; readonly Position?: number | undefined }[],
  describe: (name: string) => string,
): void {
  const seen = new Set<string>();
  for (const { Name, Position } of items) {
    if (seen.has(Name)) throw new GraphqlError(`${describe(Name)} can only be defined once`, Position);
    seen.add(Name);
  }
}

/** An input object that needs itself can never be written down. */
function checkInputCycles(
  schema: Schema,
  type: Definition,
  visited: Set<string>,
  path: Set<string>,
  budget: GraphqlBudget,
): void {
  if (visited.has(type.Name)) return;
  visited.add(type.Name);
  path.add(type.Name);
  for (const field of type.Fields) {
    const next = field.Type.NonNull ? schema.types.get(field.Type.NamedType) : undefined;
    if (next?.Kind !== 'INPUT_OBJECT') continue;
    if (path.has(next.Name)) {
      const message = `Cannot reference Input Object "${next.Name}" within itself through a series of non-null fields`;
      throw new GraphqlError(message, field.Position);
    }
    budget.nested(() => checkInputCycles(schema, next, visited, path, budget));
  }
  path.delete(type.Name);
}
