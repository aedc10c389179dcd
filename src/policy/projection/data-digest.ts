import { createHash, type Hash, hash } from 'node:crypto';
import { canonicalJson } from '../../json/canonical.ts';
import { memberOrder } from '../../json/member-order.ts';
import type { JsonObject, JsonValue } from '../../json/value.ts';
import type { ReadTree } from '../plan/footprint.ts';
import { resolveTree } from './resolve-tree.ts';
import { seenText } from './seen-text.ts';

type Fold = (value: JsonValue) => string;

/** Enough that hashing it is worth while, and little to be written anew. */
const DEFAULT_FOLD_OVER_CHARACTERS = 8192;

/**
 * Digests of what trees let through of the same data: SHA-256, hex. Equal digests mean equal projections. Large parts that
 * can be seen in full are hashed by themselves, and once however many trees see them; the data must not change meanwhile.
 * @param foldOverCharacters arrays and objects that have more text than this stand as their digest in that of what holds them
 * @throws RangeError when the text of what is not seen in full has more than half a gigabyte
 */
export function dataDigester(
  data: JsonObject,
  foldOverCharacters: number = DEFAULT_FOLD_OVER_CHARACTERS,
): (tree: ReadTree) => string {
  const known = new Map<object, string>();
  const fold: Fold = (value) => {
    if (typeof value !== 'object' || value === null || JSON.isRawJSON(value)) return canonicalJson(value);
    let text = known.get(value);
    if (text === undefined) {
      const folded = new FoldedText(foldOverCharacters);
      text = Array.isArray(value) ? foldArray(value, fold, folded) : foldObject(value, fold, folded);
      // What is short is sooner written anew than kept.
      if (isFolded(text)) known.set(value, text);
    }
    return text;
  };
  return (tree) => hash('sha256', seenText(resolveTree(tree), data, fold), 'hex');
}

function foldArray(array: readonly JsonValue[], fold: Fold, text: FoldedText): string {
  for (const [i, element] of array.entries()) text.add((i === 0 ? '[' : ',') + fold(element));
  return text.end(array.length === 0 ? '[]' : ']');
}

function foldObject(object: JsonObject, fold: Fold, text: FoldedText): string {
  const { keys, heads } = memberOrder(Object.keys(object));
  for (const [i, key] of keys.entries()) text.add(heads[i]! + fold(object[key]!));
  return text.end(keys.length === 0 ? '{}' : '}');
}

const FOLDED = '#';

/** No JSON text begins so. */
function isFolded(text: string): boolean {
  return text.startsWith(FOLDED);
}

/**
 * Gathers the text of an array or object, in which large parts are folded already. A text that gets too long is hashed
 * as it comes, and replaced by `#` and the 44 characters of its SHA-256 in base64. Whether it is depends on the text
 * alone, so that equal values have equal texts; and different values have different ones, since outside strings no JSON
 * has a `#`.
 */
class FoldedText {
  readonly #maxCharacters: number;
  #text = '';
  #hash: Hash | undefined;

  constructor(maxCharacters: number) {
    this.#maxCharacters = maxCharacters;
  }

  add(part: string): void {
    this.#text += part;
    if (this.#text.length <= this.#maxCharacters) return;
    this.#hash ??= createHash('sha256');
    this.#hash.update(this.#text);
    this.#text = '';
  }

  end(part: string): string {
    this.add(part);
    if (this.#hash === undefined) return this.#text;
    return FOLDED + this.#hash.update(this.#text).digest('base64');
  }
}
