import { quote } from '../go-quote.ts';
import { UrlError } from '../go-url.ts';
import { type GoUrl, parseGoUrl } from '../go-url-parse.ts';
import { resolveGoUrl } from '../go-url-resolve.ts';
import { goUrlText } from '../go-url-text.ts';
import type { JsonShape } from '../json-shape.ts';
import type { WorkBudget } from '../work-budget.ts';
import { SchemaError } from './schema-error.ts';

/** A reference to a schema: a URL whose fragment may be a JSON pointer. */
export interface Reference {
  readonly url: GoUrl;
  /** As Go writes the URL: without the `#` of an empty fragment. */
  readonly text: string;
}

/** Reads references, each text once: reading a URL takes time, and most schemas refer to the same ones again and again. */
export class ReferenceReader {
  readonly #budget: WorkBudget;
  readonly #read = new Map<string, Reference>();

  constructor(budget: WorkBudget) {
    this.#budget = budget;
  }

  /** Throws SchemaError. */
  parse(text: string): Reference {
    return this.#once(text, text.length, () => parseReference(text));
  }

  /** The reference where it stands in a schema that `base` identifies. Throws SchemaError when that is no URL. */
  inherit(base: Reference, text: string): Reference {
    const key = `${base.text}\n${text}`;
    return this.#once(key, key.length, () => inherit(base, parseReference(text)));
  }

  #once(key: string, units: number, read: () => Reference): Reference {
    const known = this.#read.get(key);
    if (known !== undefined) return known;
    this.#budget.spend(units);
    const reference = read();
    this.#read.set(key, reference);
    return reference;
  }
}

/** Throws SchemaError with the message of Go's url.Parse. */
function parseReference(text: string): Reference {
  try {
    return referenceTo(parseGoUrl(text));
  } catch (error) {
    if (!(error instanceof UrlError)) throw error;
    throw new SchemaError(`parse ${quote(faultyPart(text))}: ${error.message}`, { cause: error });
  }
}

function inherit(base: Reference, child: Reference): Reference {
  const parent = { ...base.url, fragment: Buffer.alloc(0) };
  return parseReference(goUrlText(resolveGoUrl(parent, child.url)));
}

/** The reference to the whole document. */
export function withoutFragment(reference: Reference): Reference {
  return referenceTo({ ...reference.url, fragment: Buffer.alloc(0), rawFragment: '' });
}

/** Whether the reference says by itself where to load from. */
export function isCanonical({ url }: Reference): boolean {
  if (url.scheme === 'file') return url.path[0] === 0x2f;
  return url.scheme !== '' && url.host.length > 0;
}

/** What the fragment, read as a JSON pointer, points at; the whole document where it is no pointer. Throws SchemaError. */
export function pointedAt(reference: Reference, document: JsonShape): JsonShape {
  const pointer = reference.url.fragment.toString('utf8');
  if (!pointer.startsWith('/')) return document;
  return pointer.slice(1).split('/').reduce(member, document);
}

const ARRAY_INDEX = /^[+-]?[0-9]+$/;

function member(node: JsonShape, token: string): JsonShape {
  if (node instanceof Map) {
    const key = token.replaceAll('~1', '/').replaceAll('~0', '~');
    const found = node.get(key);
    if (found === undefined) throw new SchemaError(`Object has no key '${key}'`);
    return found;
  }
  if (!Array.isArray(node)) throw new SchemaError(`Invalid token reference '${token}'`);
  const isIndex = ARRAY_INDEX.test(token) && BigInt.asIntN(64, integer(token)) === integer(token);
  if (!isIndex) throw new SchemaError(`Invalid array index '${token}'`);
  const index = integer(token);
  const found = index < 0n ? undefined : node[Number(index)];
  if (found === undefined) throw new SchemaError(`Out of bound array[0,${node.length}] index '${index}'`);
  return found;
}

function integer(digits: string): bigint {
  const magnitude = BigInt(digits.replace(/^[+-]/, ''));
  return digits.startsWith('-') ? -magnitude : magnitude;
}

function referenceTo(url: GoUrl): Reference {
  return { url, text: goUrlText(url) };
}

/** Go's error shows the URL without its fragment unless the fragment is what is wrong. */
function faultyPart(text: string): string {
  const [url] = text.split('#', 1);
  try {
    parseGoUrl(url!);
    return text;
  } catch {
    return url!;
  }
}
