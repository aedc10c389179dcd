import { createHash, type Hash, hash } from 'node:crypto';
import { MemberIndex } from '../../json/member-index.ts';
import { parseJson } from '../../json/parse.ts';
import {
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COMMA,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  stringBetween,
  stringEnd,
  valueEnd,
} from '../../json/text-places.ts';
import { COMPARED, FULL, type ReadTree, SCALAR } from '../plan/footprint.ts';
import { type NamedElement, type NamedMember, type ResolvedTree, resolveTree } from './resolve-tree.ts';
import { type Scalar, scalarText } from './scalar-text.ts';

/** Enough that hashing it is worth while, and little to be written anew. */
const DEFAULT_FOLD_OVER_BYTES = 8192;
/** Of what has many small parts, so much is gathered before it is hashed. */
const GATHERED_BYTES = 65_536;

/**
 * Digests of what trees let through of the same data: SHA-256, hex. Equal digests mean equal projections. Large parts that
 * can be seen in full are hashed by themselves, and once however many trees see them.
 * @param dataJson canonical JSON, which must not change meanwhile
 * @param foldOverBytes arrays and objects that have more text than this stand as their digest in that of what holds them
 */
export function dataDigester(
  dataJson: Uint8Array,
  foldOverBytes: number = DEFAULT_FOLD_OVER_BYTES,
): (tree: ReadTree) => string {
  const large = new Map<number, LargePart>();
  return (tree) => new SeenDigest(dataJson, foldOverBytes, large).of(resolveTree(tree));
}

interface LargePart {
  readonly end: number;
  /** `#` and the digest: no JSON has a `#` outside strings, so that it is taken for nothing else. Undefined while nobody saw it. */
  folded: string | undefined;
  /** Made when a few members are looked for in what was gone past before. */
  index: MemberIndex | undefined;
}

/** Hashes what `seenText` would write of the data, with large parts folded. */
class SeenDigest {
  readonly #json: Uint8Array;
  readonly #foldOverBytes: number;
  readonly #large: Map<number, LargePart>;
  readonly #hash: Hash = createHash('sha256');
  readonly #gathered: Buffer = Buffer.allocUnsafe(GATHERED_BYTES);
  #used = 0;

  constructor(json: Uint8Array, foldOverBytes: number, large: Map<number, LargePart>) {
    this.#json = json;
    this.#foldOverBytes = foldOverBytes;
    this.#large = large;
  }

  of(tree: ResolvedTree): string {
    this.#see(tree, 0);
    return this.#hash.update(this.#gathered.subarray(0, this.#used)).digest('hex');
  }

  /** Adds what can be seen of the value that begins at `at`, and gives where that ends. */
  #see(tree: ResolvedTree, at: number): number {
    if ((tree.reads & FULL) !== 0) return this.#seeAll(at);
    const first = this.#json[at];
    if (first === OPEN_BRACE) return this.#seeObject(tree, at);
    if (first === OPEN_BRACKET) return this.#seeArray(tree, at);
    const end = valueEnd(this.#json, at);
    // Strings that can be seen at all are seen as they are written.
    if (first === QUOTE && (tree.reads & (SCALAR | COMPARED)) !== 0) this.#bytes(at, end);
    else this.#text(scalarText(tree.reads, parseJson(this.#json.subarray(at, end)) as Scalar));
    return end;
  }

  #seeAll(at: number): number {
    const end = this.#end(at);
    const isContainer = this.#json[at] === OPEN_BRACE || this.#json[at] === OPEN_BRACKET;
    if (!isContainer || end - at <= this.#foldOverBytes) {
      this.#bytes(at, end);
    } else {
      const part = this.#part(at, end);
      part.folded ??= `#${hash('sha256', this.#json.subarray(at, end), 'base64')}`;
      this.#text(part.folded);
    }
    return end;
  }

  #seeObject(tree: ResolvedTree, at: number): number {
    const { byKey, members, others, reads } = tree;
    if (others === undefined && members.length === 0) return this.#only(reads === 0 ? 'null' : '{}', at);
    const index = others === undefined ? this.#index(at, members.length) : undefined;
    if (index !== undefined) return this.#seeMembers(members, index);
    const json = this.#json;
    let isFirst = true;
    this.#byte(OPEN_BRACE);
    let next = at + 1;
    while (json[next] === QUOTE) {
      const value = stringEnd(json, next) + 1;
      const named = byKey?.get(stringBetween(json, next, value - 1));
      const seen = named ?? others;
      if (seen === undefined) {
        next = this.#end(value);
      } else {
        if (!isFirst) this.#byte(COMMA);
        isFirst = false;
        this.#bytes(next, value);
        next = this.#see(seen, value);
      }
      if (json[next] === COMMA) next++;
    }
    this.#byte(CLOSE_BRACE);
    return this.#gone(at, next + 1);
  }

  #seeMembers(members: readonly NamedMember[], index: MemberIndex): number {
    let isFirst = true;
    this.#byte(OPEN_BRACE);
    for (const { key, head, tree } of members) {
      // Text has no lone surrogates: what is written for one is another key.
      const value = key.isWellFormed() ? index.find(key) : undefined;
      if (value === undefined) continue;
      if (!isFirst) this.#byte(COMMA);
      isFirst = false;
      this.#text(head);
      this.#see(tree, value);
    }
    this.#byte(CLOSE_BRACE);
    return index.end;
  }

  #seeArray(tree: ResolvedTree, at: number): number {
    const { byKey, elements, others, reads } = tree;
    if (others === undefined && byKey === undefined) return this.#only(reads === 0 ? 'null' : '[]', at);
    const known = others === undefined ? this.#index(at, elements.length) : undefined;
    if (known !== undefined) return this.#seeElements(elements, known);
    const json = this.#json;
    this.#byte(OPEN_BRACKET);
    let next = at + 1;
    /** Up to the last one that can be seen, with `null` in the place of those between. */
    let written = -1;
    for (let index = 0; json[next] !== CLOSE_BRACKET; index++) {
      const named = elements.length === 0 ? undefined : byKey?.get(String(index));
      const seen = named ?? others;
      if (seen === undefined) {
        next = this.#end(next);
      } else {
        this.#upTo(index, written);
        written = index;
        next = this.#see(seen, next);
      }
      if (json[next] === COMMA) next++;
    }
    this.#byte(CLOSE_BRACKET);
    return this.#gone(at, next + 1);
  }

  #seeElements(elements: readonly NamedElement[], known: MemberIndex): number {
    let written = -1;
    this.#byte(OPEN_BRACKET);
    for (const { index, tree } of elements) {
      const value = known.find(index);
      if (value === undefined) break;
      this.#upTo(index, written);
      written = index;
      this.#see(tree, value);
    }
    this.#byte(CLOSE_BRACKET);
    return known.end;
  }

  /** What stands between an element and the last one that was written. */
  #upTo(index: number, written: number): void {
    if (written >= 0) this.#byte(COMMA);
    for (let skipped = written + 1; skipped < index; skipped++) this.#text('null,');
  }

  /** Of what is known to be so large that the members that are named are better looked for than met. */
  #index(at: number, named: number): MemberIndex | undefined {
    const part = this.#large.get(at);
    if (part === undefined || named * (this.#foldOverBytes >> 3) > part.end - at) return undefined;
    return (part.index ??= new MemberIndex(this.#json, at, (of) => this.#end(of)));
  }

  #only(text: string, at: number): number {
    this.#text(text);
    return this.#end(at);
  }

  /** Where the value at `at` ends; of large ones it is remembered. */
  #end(at: number): number {
    return this.#large.get(at)?.end ?? this.#gone(at, valueEnd(this.#json, at));
  }

  /** Remembers where a large value ends. */
  #gone(at: number, end: number): number {
    if (end - at > this.#foldOverBytes) this.#part(at, end);
    return end;
  }

  #part(at: number, end: number): LargePart {
    let part = this.#large.get(at);
    if (part === undefined) this.#large.set(at, (part = { end, folded: undefined, index: undefined }));
    return part;
  }

  #text(text: string): void {
    const most = text.length * 3;
    if (most > GATHERED_BYTES) {
      this.#flush();
      this.#hash.update(text);
      return;
    }
    if (this.#used + most > GATHERED_BYTES) this.#flush();
    this.#used += this.#gathered.write(text, this.#used);
  }

  #bytes(from: number, to: number): void {
    if (this.#used + to - from > GATHERED_BYTES) this.#flush();
    if (to - from > GATHERED_BYTES) {
      this.#hash.update(this.#json.subarray(from, to));
      return;
    }
    const json = this.#json;
    const gathered = this.#gathered;
    let used = this.#used;
    // Most are short: a call into the engine takes longer.
    for (let i = from; i < to; i++) gathered[used++] = json[i]!;
    this.#used = used;
  }

  #byte(byte: number): void {
    if (this.#used === GATHERED_BYTES) this.#flush();
    this.#gathered[this.#used++] = byte;
  }

  #flush(): void {
    this.#hash.update(this.#gathered.subarray(0, this.#used));
    this.#used = 0;
  }
}
