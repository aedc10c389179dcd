import { type Directive, VALUE } from './graphql-ast.ts';
import { GraphqlError } from './graphql-error.ts';
import { named } from './graphql-named.ts';
import type { Schema } from './graphql-schema.ts';

/**
 * Directives used in a schema: validateDirectives of gqlparser's validator/schema.go. The values of arguments are not
 * looked at.
 * @param options.within the directive in whose definition they stand, which it may not use itself
 * @param options.merged they come from a type and its extensions, so that one may stand several times
 * @throws GraphqlError where gqlparser errs.
 */
export function checkDirectiveUses(
  schema: Schema,
  directives: readonly Directive[],
  location: string,
  options: { readonly within?: string; readonly merged?: boolean } = {},
): void {
  const seen = new Set<string>();
  for (const directive of directives) {
    const { Name, Position } = directive;
    checkName(Name, Position);
    if (Name === options.within) throw new GraphqlError(`Directive ${Name} cannot refer to itself`, Position);
    const definition = schema.directives.get(Name);
    if (definition === undefined) throw new GraphqlError(`Undefined directive ${Name}`, Position);
    if (options.merged !== true && seen.has(Name) && !definition.IsRepeatable) {
      throw new GraphqlError(`The directive ${Name} can only be used once at this location`, Position);
    }
    seen.add(Name);
    if (!definition.Locations.includes(location)) {
      throw new GraphqlError(`Directive ${Name} is not applicable on ${location}`, Position);
    }
    for (const argument of directive.Arguments) {
      if (named(definition.Arguments, argument.Name) === undefined) {
        throw new GraphqlError(
          `Undefined argument ${argument.Name} for directive ${Name}`,
          argument.Position,
        );
      }
    }
    for (const argument of definition.Arguments) {
      if (!argument.Type.NonNull || argument.DefaultValue !== undefined) continue;
      const given = named(directive.Arguments, argument.Name);
      if (given === undefined || given.Value.Kind === VALUE.null) {
        throw new GraphqlError(`Argument ${argument.Name} for directive ${Name} cannot be null`, Position);
      }
    }
  }
}

/** @throws GraphqlError for a name that is reserved for introspection. */
export function checkName(name: string, position: number | undefined): void {
  if (!name.startsWith('__')) return;
  throw new GraphqlError(
    `Name "${name}" must not begin with "__", which is reserved by GraphQL introspection`,
    position,
  );
}
