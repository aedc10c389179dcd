import type { CommentGroup } from './graphql-ast.ts';
import { type Intro, parseEnumValue, parseField, parseInputField } from './graphql-field-parser.ts';
import type { GraphqlParser } from './graphql-parser.ts';
import type { Definition } from './graphql-schema-ast.ts';
import { parseDirectives } from './graphql-value-parser.ts';

/** The six kinds of types and their extensions, along gqlparser's parser/schema.go. */

const KINDS: ReadonlyMap<string, string> = new Map([
  ['scalar', 'SCALAR'],
  ['type', 'OBJECT'],
  ['interface', 'INTERFACE'],
  ['union', 'UNION'],
  ['enum', 'ENUM'],
  ['input', 'INPUT_OBJECT'],
]);

export function isTypeKeyword(word: string): boolean {
  return KINDS.has(word);
}

export function parseTypeDefinition(parser: GraphqlParser, intro: Intro): Definition {
  return definition(parser, intro, parser.comment(), false);
}

/** `comment` stands before `extend`, which is taken. */
export function parseTypeExtension(parser: GraphqlParser, comment: CommentGroup | undefined): Definition {
  const extension = definition(parser, { Description: '' }, comment, true);
  const { Directives, Interfaces, Fields, Types, EnumValues } = extension;
  const isEmpty = [Directives, Interfaces, Fields, Types, EnumValues].every((list) => list.length === 0);
  return isEmpty ? parser.unexpected() : extension;
}

function definition(
  parser: GraphqlParser,
  intro: Intro,
  comment: CommentGroup | undefined,
  isExtension: boolean,
): Definition {
  const keyword = parser.expect('Name');
  const Kind = KINDS.get(keyword.value) ?? parser.unexpected(keyword);
  const Position = parser.peek().at;
  const Name = parser.name();
  const Interfaces = Kind === 'OBJECT' || (Kind === 'INTERFACE' && !isExtension) ? implemented(parser) : [];
  const Directives = parseDirectives(parser, !(Kind === 'INPUT_OBJECT' && isExtension));
  const common = {
    ...intro,
    AfterDescriptionComment: comment,
    Kind,
    Name,
    Interfaces,
    Directives,
    Position,
    Fields: [],
    Types: [],
    EnumValues: [],
    BuiltIn: false,
  };
  if (Kind === 'SCALAR') return common;
  if (Kind === 'UNION') {
    return { ...common, Types: parser.skip('=') ? parser.separated('|', () => parser.name()) : [] };
  }
  if (Kind === 'ENUM') {
    const { items, end } = parser.block(() => parseEnumValue(parser));
    return { ...common, EnumValues: items, EndOfDefinitionComment: end };
  }
  const parse = Kind === 'INPUT_OBJECT' ? parseInputField : parseField;
  const { items, end } = parser.block(() => parse(parser));
  return { ...common, Fields: items, EndOfDefinitionComment: end };
}

function implemented(parser: GraphqlParser): string[] {
  // The string "implements" passes for the word.
  if (parser.peek().value !== 'implements') return [];
  parser.next();
  return parser.separated('&', () => parser.name());
}
