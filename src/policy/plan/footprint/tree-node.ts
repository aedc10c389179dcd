import { CanonicalText, type DataDocument, isObjectDocument } from '../../../json/canonical-text.ts';
import type { JsonValue } from '../../../json/value.ts';
import { textToNumber } from '../../builtins/numbers.ts';
import { ANYTHING, type Scalar, shapeOfScalar, UNSET } from './atoms.ts';
import { TooMuch } from './budget.ts';

/** Documents of the base data that are followed at one place; beyond, anything may stand there. */
const MAX_DOCUMENTS = 1000;
/** No policy looks so deep. */
const MAX_DEPTH = 200;

const INDEX = /^\d+$/;

/** What all places of one analysis have in common. */
export class SharedByNodes {
  /** A number for an atom. */
  readonly newId: () => number;
  /** Of text by its place: each look at a place makes another object. */
  readonly #keys: Map<DataDocument | number, readonly string[] | 'many'> = new Map();

  constructor(newId: () => number) {
    this.newId = newId;
  }

  /** The keys of an object in the base data; undefined when there are too many. Listed once: that takes some 0.3 s where there are a million. */
  keysOf(object: DataDocument): readonly string[] | undefined {
    const place = object instanceof CanonicalText ? object.place : object;
    let keys = this.#keys.get(place);
    if (keys === undefined) {
      keys = listed(object) ?? 'many';
      this.#keys.set(place, keys);
    }
    return keys === 'many' ? undefined : keys;
  }
}

/** A place in the input or in the base data. There is one object for each place, whatever the policies do with it. */
export class TreeNode {
  readonly kind = 'node';
  readonly id: number;
  readonly root: 'input' | 'data';
  readonly parent: TreeNode | undefined;
  /** Under which it stands in its parent; undefined for any key, and for a root. */
  readonly key: string | undefined;
  readonly #depth: number;
  readonly #shared: SharedByNodes;
  readonly #children: Map<string, TreeNode> = new Map();
  #each: TreeNode | undefined;
  #documents: readonly Document[] | 'unknown' | undefined;
  #shape: number | undefined;

  constructor(
    root: 'input' | 'data',
    shared: SharedByNodes,
    from:
      | { readonly parent: TreeNode; readonly key: string | undefined }
      | { readonly data: DataDocument }
      | undefined,
  ) {
    this.root = root;
    this.id = shared.newId();
    this.#shared = shared;
    const below = from !== undefined && 'parent' in from ? from : undefined;
    this.parent = below?.parent;
    this.key = below?.key;
    this.#depth = below === undefined ? 0 : below.parent.#depth + 1;
    if (this.#depth > MAX_DEPTH) throw new TooMuch();
    if (below === undefined) this.#documents = from !== undefined && 'data' in from ? [from.data] : 'unknown';
  }

  /** What stands under a key, or in decimal digits an index. */
  child(key: string): TreeNode {
    let child = this.#children.get(key);
    if (child === undefined) {
      child = new TreeNode(this.root, this.#shared, { parent: this, key });
      this.#children.set(key, child);
    }
    return child;
  }

  /** What stands under any key. */
  get each(): TreeNode {
    this.#each ??= new TreeNode(this.root, this.#shared, { parent: this, key: undefined });
    return this.#each;
  }

  /** Everything that can stand here, of base data, which may be nothing; undefined when it is not known. */
  get documents(): readonly Document[] | undefined {
    this.#documents ??= this.#find();
    return this.#documents === 'unknown' ? undefined : this.#documents;
  }

  get shape(): number {
    this.#shape ??= shapeOfDocuments(this.documents);
    return this.#shape;
  }

  /** The keys of the objects here; undefined when there are too many, or not known. */
  keys(most: number): ReadonlySet<string> | undefined {
    const documents = this.documents;
    if (documents === undefined || documents.length > most) return undefined;
    const keys = new Set<string>();
    for (const document of documents) {
      if (!isObjectDocument(document)) return undefined;
      const some = this.#shared.keysOf(document);
      if (some === undefined || some.length > most) return undefined;
      for (const key of some) keys.add(key);
      if (keys.size > most) return undefined;
    }
    return keys;
  }

  #find(): readonly Document[] | 'unknown' {
    const above = this.parent!.documents;
    if (above === undefined) return 'unknown';
    const found: Document[] = [];
    for (const document of above) {
      const members = this.#below(document);
      if (members === undefined) return 'unknown';
      for (const each of members) found.push(each);
      if (found.length > MAX_DOCUMENTS) return 'unknown';
    }
    return found;
  }

  /** What a document has here; undefined when that is too much. */
  #below(document: Document): readonly Document[] | undefined {
    const { key } = this;
    if (Array.isArray(document) || (document instanceof CanonicalText && document.isArray)) {
      if (key === undefined) return elements(document);
      if (!INDEX.test(key)) return [];
      return present(Array.isArray(document) ? document[Number(key)] : document.member(Number(key)));
    }
    if (!isObjectDocument(document)) return [];
    if (key !== undefined) return present(member(document, key));
    if (document instanceof CanonicalText) return document.values(MAX_DOCUMENTS);
    return this.#shared.keysOf(document)?.map((each) => document[each] as JsonValue);
  }
}

/** What stands at a place of the base data. */
type Document = JsonValue | CanonicalText;

const present = (document: Document | undefined): readonly Document[] =>
  document === undefined ? [] : [document];

const member = (object: DataDocument, key: string): Document | undefined =>
  object instanceof CanonicalText ? object.member(key) : object[key];

/** Undefined when there are too many. */
function elements(array: readonly JsonValue[] | CanonicalText): readonly Document[] | undefined {
  if (array instanceof CanonicalText) return array.values(MAX_DOCUMENTS);
  return array.length > MAX_DOCUMENTS ? undefined : array;
}

/** The keys; undefined when there are too many. */
function listed(object: DataDocument): readonly string[] | undefined {
  if (object instanceof CanonicalText) return object.keys(MAX_DOCUMENTS);
  const keys = Object.keys(object);
  return keys.length > MAX_DOCUMENTS ? undefined : keys;
}

function shapeOfDocuments(documents: readonly Document[] | undefined): number {
  if (documents === undefined) return ANYTHING;
  let shape = UNSET;
  for (const document of documents) {
    const scalar = scalarOf(document);
    if (scalar === undefined) return ANYTHING;
    shape = Math.max(shape, shapeOfScalar(scalar));
  }
  return shape;
}

/** Undefined for arrays and objects. */
export function scalarOf(document: Document): Scalar | undefined {
  if (document instanceof CanonicalText) return undefined;
  if (typeof document !== 'object' || document === null) return document;
  return JSON.isRawJSON(document) ? textToNumber(document.rawJSON) : undefined;
}
