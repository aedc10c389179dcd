import { BuiltinError } from '../builtin.ts';
import type { JsonShape } from '../json-shape.ts';
import type { WorkBudget } from '../work-budget.ts';
import { arrayKeywords, itemKeywords } from './array-keywords.ts';
import { branchKeywords, dependencyKeywords } from './branch-keywords.ts';
import { HYBRID } from './drafts.ts';
import { numberKeywords } from './number-keywords.ts';
import { objectKeywords, propertyKeywords } from './object-keywords.ts';
import { SchemaPool } from './pool.ts';
import { isSchema, stringKeyword } from './read-keyword.ts';
import { type Reference, ReferenceReader } from './reference.ts';
import { emptySchema, type JsonObject, type Keywords, type Schema, type SchemaCompiler } from './schema.ts';
import { invalidType, SchemaError } from './schema-error.ts';
import { stringKeywords } from './string-keywords.ts';
import { typeKeyword } from './type-keyword.ts';
import { valueKeywords } from './value-keywords.ts';

/** Schemas within each other, those that references lead to included. */
const MAX_DEPTH = 1_000;

/** In OPA's order: of several faults the first one is told. */
const KEYWORDS: readonly Keywords[] = [
  typeKeyword,
  propertyKeywords,
  dependencyKeywords,
  itemKeywords,
  numberKeywords,
  stringKeywords,
  objectKeywords,
  arrayKeywords,
  valueKeywords,
  branchKeywords,
];

/**
 * Compiles a schema as OPA 1.22.2 does (internal/gojsonschema), with no host allowed for remote references. Its references become
 * absolute in place. Throws SchemaError, and BuiltinError where there is no telling.
 */
export function compileSchema(document: JsonShape, budget: WorkBudget): Schema {
  const references = new ReferenceReader(budget);
  const pool = new SchemaPool(references, budget);
  const at = references.parse('#');
  const draft = pool.add(document, at) ?? HYBRID;
  return new Compiler(pool, references, budget).root(document, emptySchema(draft, at));
}

class Compiler implements SchemaCompiler {
  readonly #pool: SchemaPool;
  readonly #references: ReferenceReader;
  readonly #budget: WorkBudget;
  /** What references lead to, also while it is being compiled: schemas may refer to themselves. */
  readonly #targets = new Map<string, Schema>();
  #depth = 0;

  constructor(pool: SchemaPool, references: ReferenceReader, budget: WorkBudget) {
    this.#pool = pool;
    this.#references = references;
    this.#budget = budget;
  }

  root(document: JsonShape, schema: Schema): Schema {
    this.#fill(schema, document, (id) => this.#references.parse(id));
    return schema;
  }

  child(node: JsonShape, parent: Schema): Schema {
    const schema = emptySchema(parent.draft, parent.id);
    this.#fill(schema, node, (id) => this.#references.inherit(parent.id, id));
    return schema;
  }

  spend(units: number): void {
    this.#budget.spend(units);
  }

  #fill(schema: Schema, node: JsonShape, identify: (id: string) => Reference): void {
    this.spend(1);
    if (++this.#depth > MAX_DEPTH) {
      throw new BuiltinError(`the schema is nested more than ${MAX_DEPTH} levels deep`);
    }
    if (typeof node === 'boolean' && schema.draft >= 6) schema.passes = node;
    else if (node instanceof Map) this.#fillFrom(schema, node, identify);
    else throw new SchemaError('Expected: Valid Schema, given: Invalid JSON');
    this.#depth--;
  }

  #fillFrom(schema: Schema, node: JsonObject, identify: (id: string) => Reference): void {
    const id = stringKeyword(node, idKeyword(schema, node));
    if (id !== undefined) schema.id = identify(id);
    this.#definitions(schema, node);
    stringKeyword(node, 'title');
    stringKeyword(node, 'description');
    const reference = stringKeyword(node, '$ref');
    if (reference !== undefined) {
      const parsed = this.#references.parse(reference);
      const known = this.#targets.get(parsed.text);
      schema.target = known ?? this.#target(parsed, schema);
      // OPA reads on only where it has met the reference before; what it reads does not count, but must be right.
      if (known === undefined) return;
    }
    for (const keywords of KEYWORDS) keywords(node, schema, this);
  }

  /** Nobody may refer to them, yet they must be schemas. */
  #definitions(schema: Schema, node: JsonObject): void {
    const definitions = node.get('definitions');
    if (definitions === undefined) return;
    if (!(definitions instanceof Map)) throw invalidType('Array Of Schemas', 'definitions');
    for (const definition of definitions.values()) {
      if (!isSchema(definition)) throw invalidType('Array Of Schemas', 'definitions');
      this.child(definition, schema);
    }
  }

  #target(reference: Reference, from: Schema): Schema {
    const target = emptySchema(from.draft, reference);
    this.#targets.set(reference.text, target);
    const { document, draft } = this.#pool.get(reference);
    if (!isSchema(document)) throw new SchemaError('Valid Schema must be of type object');
    target.draft = draft ?? from.draft;
    this.#fill(target, document, (id) => this.#references.inherit(from.id, id));
    return target;
  }
}

/** Draft 6 renamed the keyword; a schema without a draft may use either. */
function idKeyword(schema: Schema, node: JsonObject): 'id' | '$id' {
  if (schema.draft === 4) return 'id';
  return schema.draft === HYBRID && node.has('id') ? 'id' : '$id';
}
