import type {
  Field,
  FragmentDefinition,
  FragmentSpread,
  InlineFragment,
  OperationDefinition,
  QueryDocument,
  Selection,
  SelectionSet,
  VariableDefinition,
} from './graphql-ast.ts';
import { GraphqlError } from './graphql-error.ts';
import { GraphqlParser } from './graphql-parser.ts';
import {
  parseArguments,
  parseDirectives,
  parseType,
  parseValue,
  parseVariable,
} from './graphql-value-parser.ts';

/**
 * Reads a document of operations and fragments along gqlparser's parser/query.go. An empty one is a document, too.
 * @throws GraphqlError where gqlparser errs; BuiltinError beyond a limit.
 */
export function parseQuery(text: string): QueryDocument {
  const parser = new GraphqlParser(text);
  const Operations: OperationDefinition[] = [];
  const Fragments: FragmentDefinition[] = [];
  while (!parser.is('<EOF>')) {
    const { kind, value } = parser.peek();
    if (kind === '{') Operations.push(shorthand(parser));
    else if (kind !== 'Name') parser.unexpected();
    else if (value === 'fragment') Fragments.push(fragmentDefinition(parser));
    else if (/^(?:query|mutation|subscription)$/.test(value)) Operations.push(operation(parser));
    else parser.unexpected();
  }
  return { Operations, Fragments };
}

/** Without the comments before it, which gqlparser loses. */
function shorthand(parser: GraphqlParser): OperationDefinition {
  const { at } = parser.peek();
  const SelectionSet = selectionSet(parser);
  return {
    Operation: 'query',
    Name: '',
    VariableDefinitions: [],
    Directives: [],
    SelectionSet,
    Position: at,
  };
}

function operation(parser: GraphqlParser): OperationDefinition {
  const Comment = parser.comment();
  const { value, at } = parser.next();
  const Name = parser.is('Name') ? parser.name() : '';
  const VariableDefinitions = variableDefinitions(parser);
  const Directives = parseDirectives(parser, false);
  const SelectionSet = selectionSet(parser);
  return { Operation: value, Name, VariableDefinitions, Directives, SelectionSet, Position: at, Comment };
}

function variableDefinitions(parser: GraphqlParser): VariableDefinition[] {
  return parser.some('(', ')', () => {
    const { at } = parser.peek();
    const Comment = parser.comment();
    const Variable = parseVariable(parser);
    parser.expect(':');
    const Type = parseType(parser);
    const DefaultValue = parser.skip('=') ? parseValue(parser, true) : undefined;
    const Directives = parseDirectives(parser, false);
    return { Variable, Type, DefaultValue, Directives, Used: false, Position: at, Comment };
  });
}

function selectionSet(parser: GraphqlParser): SelectionSet {
  const { kind, at } = parser.peek();
  if (kind !== '{') throw new GraphqlError(`Expected {, found ${kind}`, at);
  return parser.some('{', '}', () => selection(parser));
}

function selection(parser: GraphqlParser): Selection {
  return parser.is('...') ? fragment(parser) : field(parser);
}

function field(parser: GraphqlParser): Field {
  const { at } = parser.peek();
  const Comment = parser.comment();
  const Alias = parser.name();
  const Name = parser.skip(':') ? parser.name() : Alias;
  const Arguments = parseArguments(parser, false);
  const Directives = parseDirectives(parser, false);
  const SelectionSet = parser.is('{') ? selectionSet(parser) : [];
  return { Alias, Name, Arguments, Directives, SelectionSet, Position: at, Comment };
}

function fragment(parser: GraphqlParser): FragmentSpread | InlineFragment {
  const Comment = parser.comment();
  parser.expect('...');
  const { kind, value, at } = parser.peek();
  if (kind === 'Name' && value !== 'on') {
    const Name = parser.name();
    return { Name, Directives: parseDirectives(parser, false), Position: at, Comment };
  }
  let TypeCondition = '';
  // The string "on" is taken for the word, too.
  if (value === 'on') {
    parser.next();
    TypeCondition = parser.name();
  }
  const Directives = parseDirectives(parser, false);
  return { TypeCondition, Directives, SelectionSet: selectionSet(parser), Position: at, Comment };
}

function fragmentDefinition(parser: GraphqlParser): FragmentDefinition {
  const { at } = parser.peek();
  const Comment = parser.keyword('fragment');
  if (parser.peek().value === 'on') parser.unexpected();
  const Name = parser.name();
  const VariableDefinition = variableDefinitions(parser);
  parser.keyword('on');
  const TypeCondition = parser.name();
  const Directives = parseDirectives(parser, false);
  const SelectionSet = selectionSet(parser);
  return { Name, VariableDefinition, TypeCondition, Directives, SelectionSet, Position: at, Comment };
}
