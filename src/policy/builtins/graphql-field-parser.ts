import type { CommentGroup } from './graphql-ast.ts';
import type { GraphqlParser } from './graphql-parser.ts';
import type { ArgumentDefinition, EnumValueDefinition, FieldDefinition } from './graphql-schema-ast.ts';
import { parseDirectives, parseType, parseValue } from './graphql-value-parser.ts';

/** What stands before a definition: its description and the comments before that. */
export interface Intro {
  readonly Description: string;
  readonly BeforeDescriptionComment?: CommentGroup | undefined;
}

export function introduction(parser: GraphqlParser): Intro {
  if (!parser.is('BlockString') && !parser.is('String')) return { Description: '' };
  const BeforeDescriptionComment = parser.comment();
  return { Description: parser.next().value, BeforeDescriptionComment };
}

/** As before fields, arguments and values of enums: an empty description loses the comments before it. */
function memberIntroduction(
  parser: GraphqlParser,
): Intro & Pick<FieldDefinition, 'AfterDescriptionComment' | 'Position'> {
  const intro = introduction(parser);
  const described = intro.Description === '' ? { Description: '' } : intro;
  return { ...described, AfterDescriptionComment: parser.comment(), Position: parser.peek().at };
}

/** A field of an object or an interface. */
export function parseField(parser: GraphqlParser): FieldDefinition {
  const intro = memberIntroduction(parser);
  const Name = parser.name();
  const Arguments = parseArgumentDefinitions(parser);
  parser.expect(':');
  const Type = parseType(parser);
  return { ...intro, Name, Arguments, Type, Directives: parseDirectives(parser, true) };
}

export function parseInputField(parser: GraphqlParser): FieldDefinition {
  return { ...inputValue(parser), Arguments: [] };
}

export function parseArgumentDefinitions(parser: GraphqlParser): ArgumentDefinition[] {
  return parser.some('(', ')', () => inputValue(parser));
}

function inputValue(parser: GraphqlParser): ArgumentDefinition {
  const intro = memberIntroduction(parser);
  const Name = parser.name();
  parser.expect(':');
  const Type = parseType(parser);
  const DefaultValue = parser.skip('=') ? parseValue(parser, true) : undefined;
  return { ...intro, Name, Type, DefaultValue, Directives: parseDirectives(parser, true) };
}

export function parseEnumValue(parser: GraphqlParser): EnumValueDefinition {
  const intro = memberIntroduction(parser);
  return { ...intro, Name: parser.name(), Directives: parseDirectives(parser, true) };
}
