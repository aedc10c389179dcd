import type { CommentGroup } from './graphql-ast.ts';
import { type Intro, introduction, parseArgumentDefinitions } from './graphql-field-parser.ts';
import { GraphqlParser } from './graphql-parser.ts';
import type {
  Definition,
  DirectiveDefinition,
  OperationTypeDefinition,
  SchemaDefinition,
  SchemaDocument,
} from './graphql-schema-ast.ts';
import { isTypeKeyword, parseTypeDefinition, parseTypeExtension } from './graphql-type-parser.ts';
import { parseDirectives } from './graphql-value-parser.ts';

const LOCATIONS: ReadonlySet<string> = new Set(
  (
    'QUERY MUTATION SUBSCRIPTION FIELD FRAGMENT_DEFINITION FRAGMENT_SPREAD INLINE_FRAGMENT VARIABLE_DEFINITION SCHEMA ' +
    'SCALAR OBJECT FIELD_DEFINITION ARGUMENT_DEFINITION INTERFACE UNION ENUM ENUM_VALUE INPUT_OBJECT INPUT_FIELD_DEFINITION'
  ).split(' '),
);

/**
 * Reads a document of type definitions along gqlparser's parser/schema.go. An empty one is a document, too.
 * @throws GraphqlError where gqlparser errs; BuiltinError beyond a limit.
 */
export function parseSchema(text: string): SchemaDocument {
  const parser = new GraphqlParser(text);
  const Schema: SchemaDefinition[] = [];
  const SchemaExtension: SchemaDefinition[] = [];
  const Directives: DirectiveDefinition[] = [];
  const Definitions: Definition[] = [];
  const Extensions: Definition[] = [];
  while (!parser.is('<EOF>')) {
    const intro = introduction(parser);
    const { kind, value } = parser.peek();
    if (kind !== 'Name') parser.unexpected();
    if (isTypeKeyword(value)) Definitions.push(parseTypeDefinition(parser, intro));
    else if (value === 'schema') Schema.push(schemaDefinition(parser, intro, parser.comment()));
    else if (value === 'directive') Directives.push(directiveDefinition(parser, intro));
    else if (value !== 'extend' || intro.Description !== '') parser.unexpected();
    else {
      const comment = parser.keyword('extend');
      if (parser.peek().value === 'schema') SchemaExtension.push(schemaExtension(parser, comment));
      else Extensions.push(parseTypeExtension(parser, comment));
    }
  }
  return { Schema, SchemaExtension, Directives, Definitions, Extensions, Comment: parser.comment() };
}

function schemaDefinition(
  parser: GraphqlParser,
  intro: Intro,
  comment: CommentGroup | undefined,
): SchemaDefinition {
  parser.keyword('schema');
  const { at } = parser.peek();
  const Directives = parseDirectives(parser, true);
  const { items, end } = parser.block(() => operationType(parser));
  return {
    ...intro,
    AfterDescriptionComment: comment,
    Directives,
    OperationTypes: items,
    Position: at,
    EndOfDefinitionComment: end,
  };
}

function schemaExtension(parser: GraphqlParser, comment: CommentGroup | undefined): SchemaDefinition {
  const extension = schemaDefinition(parser, { Description: '' }, comment);
  if (extension.Directives.length === 0 && extension.OperationTypes.length === 0) parser.unexpected();
  return extension;
}

function operationType(parser: GraphqlParser): OperationTypeDefinition {
  const Comment = parser.comment();
  const token = parser.next();
  // Whatever kind of token it is: the string "query" passes for the word.
  if (!/^(?:query|mutation|subscription)$/.test(token.value)) parser.unexpected(token);
  parser.expect(':');
  return { Operation: token.value, Type: parser.name(), Position: token.at, Comment };
}

function directiveDefinition(parser: GraphqlParser, intro: Intro): DirectiveDefinition {
  const AfterDescriptionComment = parser.keyword('directive');
  parser.expect('@');
  const { at } = parser.peek();
  const Name = parser.name();
  const Arguments = parseArgumentDefinitions(parser);
  const { kind, value } = parser.peek();
  const IsRepeatable = kind === 'Name' && value === 'repeatable';
  if (IsRepeatable) parser.next();
  parser.keyword('on');
  const Locations = parser.separated('|', () => location(parser));
  return { ...intro, AfterDescriptionComment, Name, Arguments, Locations, IsRepeatable, Position: at };
}

function location(parser: GraphqlParser): string {
  const token = parser.expect('Name');
  return LOCATIONS.has(token.value) ? token.value : parser.unexpected(token);
}
