import {
  type Argument,
  type ChildValue,
  type Directive,
  type Type,
  VALUE,
  type Value,
} from './graphql-ast.ts';
import type { GraphqlParser } from './graphql-parser.ts';

/**
 * Values, arguments, directives and types as gqlparser's parser/query.go reads them. Comments stand where Go's compiler
 * leaves them, which evaluates `p.comment` after the calls of the same literal: scalars, variables and directives have none.
 */

const LITERALS: ReadonlyMap<string, number> = new Map([
  ['Int', VALUE.int],
  ['Float', VALUE.float],
  ['String', VALUE.string],
  ['BlockString', VALUE.block],
]);

const WORDS: ReadonlyMap<string, number> = new Map([
  ['true', VALUE.boolean],
  ['false', VALUE.boolean],
  ['null', VALUE.null],
]);

/** `constant` refuses variables. */
export function parseValue(parser: GraphqlParser, constant: boolean): Value {
  const { kind, value, at } = parser.peek();
  const literal = kind === 'Name' ? (WORDS.get(value) ?? VALUE.enum) : LITERALS.get(kind);
  if (literal !== undefined) {
    parser.next();
    return valueNode({ Raw: value, Kind: literal, Position: at });
  }
  const Comment = parser.comment();
  if (kind === '[') {
    const Children = parser.many('[', ']', () => ({ Name: '', Value: parseValue(parser, constant) }));
    return valueNode({ Kind: VALUE.list, Children, Position: at, Comment });
  }
  if (kind === '{') {
    const Children = parser.many('{', '}', () => parseMember(parser, constant));
    return valueNode({ Kind: VALUE.object, Children, Position: at, Comment });
  }
  if (kind !== '$' || constant) parser.unexpected();
  return valueNode({ Kind: VALUE.variable, Raw: parseVariable(parser), Position: at });
}

function valueNode(members: Partial<Value>): Value {
  return { Raw: '', Children: [], Kind: 0, ExpectedTypeHasDefault: false, ...members };
}

/** A member of an object, or an argument: they differ in the name of their type only. */
function parseMember(parser: GraphqlParser, constant: boolean): ChildValue & Argument {
  const { at } = parser.peek();
  const Comment = parser.comment();
  const Name = parser.name();
  parser.expect(':');
  return { Name, Value: parseValue(parser, constant), Position: at, Comment };
}

export function parseVariable(parser: GraphqlParser): string {
  parser.expect('$');
  return parser.name();
}

export function parseArguments(parser: GraphqlParser, constant: boolean): Argument[] {
  return parser.some('(', ')', () => parseMember(parser, constant));
}

export function parseDirectives(parser: GraphqlParser, constant: boolean): Directive[] {
  const directives: Directive[] = [];
  while (parser.skip('@')) {
    const { at } = parser.peek();
    const Name = parser.name();
    directives.push({ Name, Arguments: parseArguments(parser, constant), Location: '', Position: at });
  }
  return directives;
}

export function parseType(parser: GraphqlParser): Type {
  const isList = parser.skip('[');
  const { at } = parser.peek();
  const Elem = isList ? parser.nested(() => parseType(parser)) : undefined;
  if (isList) parser.expect(']');
  const NamedType = isList ? '' : parser.name();
  return { NamedType, Elem, NonNull: parser.skip('!'), Position: at };
}
