import { LRUCache } from 'lru-cache';
import type { RegoObject, RegoValue } from '../value.ts';
import { typeName } from './compare.ts';
import type { QueryDocument } from './graphql-ast.ts';
import { GraphqlBudget, GraphqlError } from './graphql-error.ts';
import { objectToQuery, objectToSchema } from './graphql-object.ts';
import { parseQuery } from './graphql-query-parser.ts';
import { graphqlResult } from './graphql-result.ts';
import { buildSchema, type Schema } from './graphql-schema.ts';
import type { SchemaDocument } from './graphql-schema-ast.ts';
import { parseSchema } from './graphql-schema-parser.ts';

/** A schema that was read, and what it is good for, made when it is asked for first. Shared: nothing may change it. */
export class SchemaSource {
  readonly #source: RegoValue | undefined;
  readonly #document: SchemaDocument;
  #schema: Schema | undefined;
  #result: RegoObject | undefined;

  constructor(source: RegoValue | undefined, document: SchemaDocument) {
    this.#source = source;
    this.#document = document;
  }

  /** @throws GraphqlError for a schema that is not valid. */
  schema(): Schema {
    this.#schema ??= located(this.#source, () => buildSchema(this.#document, new GraphqlBudget()));
    return this.#schema;
  }

  /** The syntax tree, without what every schema has. */
  result(): RegoObject {
    this.#result ??= graphqlResult(this.#document);
    return this.#result;
  }
}

/** OPA keeps ten. Policies have one or two, which are the longest part of what they ask. */
const cache = new LRUCache<string, SchemaSource>({
  max: 10,
  maxSize: 4 * 1024 * 1024,
  sizeCalculation: (_, text) => text.length + 1,
});

/** @throws GraphqlError for what is no schema, valid or not. */
export function schemaSource(source: RegoValue | undefined): SchemaSource {
  if (typeof source !== 'string') return new SchemaSource(source, objectToSchema(objectOperand(source, 2)));
  const known = cache.get(source);
  if (known !== undefined) return known;
  const read = new SchemaSource(
    source,
    located(source, () => parseSchema(source)),
  );
  cache.set(source, read);
  return read;
}

/** @throws GraphqlError for what is no query, valid or not. */
export function queryDocument(source: RegoValue | undefined): QueryDocument {
  if (typeof source === 'string') return located(source, () => parseQuery(source));
  return objectToQuery(objectOperand(source, 1));
}

function objectOperand(value: RegoValue | undefined, position: number): RegoObject {
  if (value instanceof Map) return value;
  const got = value === undefined ? 'nothing' : typeName(value);
  throw new GraphqlError(`operand ${position} must be one of {string, object} but got ${got}`);
}

/**
 * Says where in a text an error is. In objects nodes may be missing that parsing always makes: gqlparser panics on most
 * of those, here they are an error.
 */
export function located<T>(source: RegoValue | undefined, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof TypeError && source instanceof Map) {
      throw new GraphqlError('the object is no GraphQL syntax tree');
    }
    if (!(error instanceof GraphqlError) || typeof error.offset !== 'number' || typeof source !== 'string') {
      throw error;
    }
    const lines = source.slice(0, error.offset).split(/\r\n?|\n/);
    const column = Array.from(lines.at(-1)!).length + 1;
    throw new GraphqlError(`${error.message} in GraphQL string at location ${lines.length}:${column}`);
  }
}
