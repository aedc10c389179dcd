import { type Type, typeText } from './graphql-ast.ts';
import { type GraphqlBudget, GraphqlError } from './graphql-error.ts';
import { named } from './graphql-named.ts';
import type { Schema } from './graphql-schema.ts';
import type { Definition, FieldDefinition } from './graphql-schema-ast.ts';

/**
 * What a type has to have of the interfaces that it implements: validateImplements of gqlparser's validator/schema.go.
 * @throws GraphqlError where gqlparser errs, and where it panics.
 */
export function checkInterfaces(schema: Schema, type: Definition, budget: GraphqlBudget): void {
  const names = new Set(type.Interfaces);
  for (const name of type.Interfaces) {
    const implemented = schema.types.get(name);
    if (implemented?.Kind !== 'INTERFACE') {
      throw new GraphqlError(`"${name}" is no interface that ${type.Name} could implement`, type.Position);
    }
    for (const required of implemented.Fields) {
      budget.spend(1 + required.Arguments.length);
      checkField(schema, `${type.Name} to implement ${name}`, required, named(type.Fields, required.Name));
    }
    budget.spend(implemented.Interfaces.length);
    for (const inherited of implemented.Interfaces) {
      if (names.has(inherited)) continue;
      throw new GraphqlError(
        `Type ${type.Name} must implement ${inherited} because it is implemented by ${name}`,
        type.Position,
      );
    }
  }
}

function checkField(
  schema: Schema,
  purpose: string,
  required: FieldDefinition,
  found: FieldDefinition | undefined,
): void {
  const { Name } = required;
  if (found === undefined) throw new GraphqlError(`For ${purpose} it must have a field called ${Name}`);
  const fail = (what: string): never => {
    throw new GraphqlError(`For ${purpose} the field ${Name} must ${what}`, found.Position);
  };
  if (!isCovariant(schema, required.Type, found.Type)) fail(`have type ${typeText(required.Type)}`);
  for (const argument of required.Arguments) {
    const given = named(found.Arguments, argument.Name);
    if (given === undefined || !isCompatible(argument.Type, given.Type)) {
      fail(`have the argument ${argument.Name} of the same type`);
    }
  }
  for (const { Name: name, Type, DefaultValue } of found.Arguments) {
    if (named(required.Arguments, name) === undefined && Type.NonNull && DefaultValue === undefined) {
      fail(`not require the argument ${name}`);
    }
  }
}

function isCovariant(schema: Schema, required: Type, actual: Type): boolean {
  if (required.NonNull && !actual.NonNull) return false;
  if (required.NamedType === '') {
    return actual.Elem !== undefined && isCovariant(schema, required.Elem!, actual.Elem);
  }
  return (
    required.NamedType === actual.NamedType ||
    schema.possibleTypes.get(required.NamedType)?.has(actual.NamedType) === true
  );
}

/** Whether a value of one type can stand where another one is expected. */
export function isCompatible(type: Type, expected: Type): boolean {
  if (type.NamedType !== expected.NamedType) return false;
  if (type.Elem !== undefined) {
    if (expected.Elem === undefined || !isCompatible(type.Elem, expected.Elem)) return false;
  }
  return type.NonNull || !expected.NonNull;
}
