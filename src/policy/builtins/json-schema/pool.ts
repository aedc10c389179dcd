import { BuiltinError } from '../builtin.ts';
import type { JsonShape } from '../json-shape.ts';
import type { WorkBudget } from '../work-budget.ts';
import { type Draft, draftOf, metaschemaAt } from './drafts.ts';
import {
  isCanonical,
  pointedAt,
  type Reference,
  type ReferenceReader,
  withoutFragment,
} from './reference.ts';
import { SchemaError } from './schema-error.ts';

export interface PoolDocument {
  readonly document: JsonShape;
  /** What the document's `$schema` says; undefined when nothing that is known. */
  readonly draft: Draft | undefined;
}

/** Keywords whose members are schemas under names, so that a name is never a keyword. */
const NAMED_SCHEMAS: ReadonlySet<string> = new Set(['properties', 'dependencies', 'patternProperties']);

/** Keywords whose values are taken literally. */
const LITERALS: ReadonlySet<string> = new Set(['const', 'enum']);

/** The documents and identified subschemas that references may name. Nothing is ever fetched, and no file is read. */
export class SchemaPool {
  readonly #documents = new Map<string, PoolDocument>();
  readonly #references: ReferenceReader;
  readonly #budget: WorkBudget;

  constructor(references: ReferenceReader, budget: WorkBudget) {
    this.#references = references;
    this.#budget = budget;
  }

  /** Adds a document, with what it identifies; its references become absolute in place. Throws SchemaError. */
  add(document: JsonShape, at: Reference): Draft | undefined {
    if (this.#documents.has(at.text)) throw alreadyExists(at);
    const draft = draftOf(document, this.#references);
    this.#walk(document, at, draft);
    this.#documents.set(at.text, { document, draft });
    return draft;
  }

  /** The schema that an absolute reference names. Throws SchemaError. */
  get(reference: Reference): PoolDocument {
    // What cannot be read again as it is written is the whole schema to OPA.
    const read = parsed(() => this.#references.parse(reference.text));
    const identified = this.#documents.get(read?.text ?? '');
    if (identified !== undefined) return identified;
    const whole = withoutFragment(read ?? reference);
    const known = this.#documents.get(whole.text);
    if (known !== undefined) {
      const found = { document: pointedAt(reference, known.document), draft: known.draft };
      this.#documents.set(reference.text, found);
      return found;
    }
    if (!isCanonical(reference)) throw new SchemaError(`Reference ${reference.text} must be canonical`);
    const metaschema = metaschemaAt(whole.text);
    if (metaschema === undefined) {
      throw new SchemaError(`remote reference loading disabled: ${whole.text}`);
    }
    const draft = this.add(metaschema, whole);
    return { document: pointedAt(reference, metaschema), draft };
  }

  #walk(node: JsonShape, base: Reference, draft: Draft | undefined): void {
    this.#budget.spend(1);
    if (Array.isArray(node)) {
      for (const element of node) this.#walk(element, base, draft);
    } else if (node instanceof Map) {
      const own = this.#identify(node, base, draft);
      this.#makeAbsolute(node, own);
      for (const [key, value] of node) {
        if (LITERALS.has(key)) continue;
        if (!NAMED_SCHEMAS.has(key)) this.#walk(value, own, draft);
        else if (value instanceof Map) for (const child of value.values()) this.#walk(child, own, draft);
      }
    }
  }

  /** The base of what is inside a node; a node with an identifier can be referred to by it. */
  #identify(node: Map<string, JsonShape>, base: Reference, draft: Draft | undefined): Reference {
    const id = node.get(node.has('id') ? 'id' : '$id');
    if (typeof id !== 'string') return base;
    if (parsed(() => this.#references.parse(id)) === undefined) return base;
    const own = parsed(() => this.#references.inherit(base, id));
    // OPA panics.
    if (own === undefined) throw new BuiltinError(`the identifier ${id} gives no URL`, { halt: true });
    if (this.#documents.has(own.text)) throw alreadyExists(own);
    this.#documents.set(own.text, { document: node, draft });
    return own;
  }

  /** What is no URL stays: reading the schema says what is wrong with it. */
  #makeAbsolute(node: Map<string, JsonShape>, base: Reference): void {
    const reference = node.get('$ref');
    if (typeof reference !== 'string') return;
    const absolute = parsed(() => this.#references.inherit(base, reference));
    if (absolute !== undefined) node.set('$ref', absolute.text);
  }
}

function parsed(parse: () => Reference): Reference | undefined {
  try {
    return parse();
  } catch (error) {
    if (error instanceof SchemaError) return undefined;
    throw error;
  }
}

function alreadyExists(reference: Reference): SchemaError {
  return new SchemaError(`Reference already exists: "${reference.text}"`);
}
