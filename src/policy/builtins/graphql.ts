import type { RegoValue } from '../value.ts';
import { type Builtin, BuiltinError } from './builtin.ts';
import { GraphqlBudget, GraphqlError } from './graphql-error.ts';
import { parseQuery } from './graphql-query-parser.ts';
import { graphqlResult } from './graphql-result.ts';
import { located, queryDocument, schemaSource } from './graphql-source.ts';
import { validateQuery } from './graphql-validate.ts';
import { stringOperand } from './operands.ts';

/**
 * `graphql.*` (v1/topdown/graphql.go), which are vektah/gqlparser v2: its grammar, its rules and its syntax tree.
 * Documents are texts, or syntax trees as objects.
 */
export const graphqlBuiltins: readonly Builtin[] = [
  {
    name: 'graphql.parse',
    effects: [],
    call: (_, query, schema) => orError(() => parseValid(query, schema)),
  },
  {
    name: 'graphql.parse_and_verify',
    effects: [],
    call: (_, query, schema) =>
      orElse([false, new Map(), new Map()], () => [true, ...parseValid(query, schema)]),
  },
  {
    name: 'graphql.parse_query',
    effects: [],
    call: (_, query) => {
      const text = stringOperand(query, 1);
      return orError(() => graphqlResult(located(text, () => parseQuery(text))));
    },
  },
  {
    name: 'graphql.parse_schema',
    effects: [],
    call: (_, schema) => {
      const text = stringOperand(schema, 1);
      return orError(() => schemaSource(text).result());
    },
  },
  {
    name: 'graphql.is_valid',
    effects: [],
    call: (_, query, schema) =>
      orElse(false, () => {
        const document = queryDocument(query);
        const valid = schemaSource(schema).schema();
        located(query, () => validateQuery(valid, document, new GraphqlBudget()));
        return true;
      }),
  },
  {
    name: 'graphql.schema_is_valid',
    effects: [],
    call: (_, schema) =>
      orElse(false, () => {
        schemaSource(schema).schema();
        return true;
      }),
  },
];

/** The syntax trees of both. */
function parseValid(query: RegoValue | undefined, schema: RegoValue | undefined): [RegoValue, RegoValue] {
  const document = queryDocument(query);
  const source = schemaSource(schema);
  // Before validation, which writes on the nodes.
  const result = graphqlResult(document);
  const valid = source.schema();
  located(query, () => validateQuery(valid, document, new GraphqlBudget()));
  return [result, source.result()];
}

/** The builtin's error where gqlparser errs. */
function orError<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof GraphqlError) throw new BuiltinError(error.message, { cause: error });
    throw error;
  }
}

/** Another answer where gqlparser errs. Beyond a limit the answer is not known, and there is none. */
function orElse<T>(otherwise: T, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof GraphqlError) return otherwise;
    throw error;
  }
}
