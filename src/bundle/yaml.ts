import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Pair,
  parseAllDocuments,
  Scalar,
  type YAMLMap,
} from 'yaml';
import { PortcullisError } from '../errors.ts';
import type { JsonObject, JsonValue } from '../json/value.ts';
import { aliasTargets } from './yaml-anchors.ts';
import { blockScalarValue } from './yaml-block.ts';
import { type ResolvedScalar, resolveScalar } from './yaml-scalar.ts';

const MAX_DEPTH = 256;
/** Nodes that aliases may bring in, so that a page of text cannot unfold into gigabytes. */
const MAX_ALIASED_NODES = 100_000;
const TAG = 'tag:yaml.org,2002:';
const NO_SCALAR: ResolvedScalar = { kind: 'null', value: null };

/**
 * Reads a YAML data file to the value that OPA makes of it (see {@link resolveScalar}). Stricter than OPA, which lets the
 * last of two equal keys win and reads the first of several documents: here both are refused. So are infinities and NaN,
 * keys that are no text, integer or boolean, `!!binary`, `!!timestamp`, `!!merge` and every tag outside YAML's core, a
 * core tag that does not fit its value, two merge keys in one mapping, and more than 100,000 nodes by way of aliases.
 * Throws `bundle_data_invalid` without naming the file.
 */
export function parseYaml(text: string): JsonValue {
  // Equal keys are looked for below: the library compares each key with each.
  // The failsafe schema gives every scalar as text, so that the reading of numbers and words is ours alone.
  const documents = parseAllDocuments(text, { schema: 'failsafe', version: '1.2', uniqueKeys: false });
  if (!Array.isArray(documents) || documents.length === 0) return null;
  if (documents.length > 1) throw invalid('the file holds several YAML documents');
  const document = documents[0] as Document.Parsed;
  // Tags are judged below; the schema that was asked for knows none.
  const warning = document.warnings.find(({ code }) => code !== 'TAG_RESOLVE_FAILED');
  const problem = document.errors[0] ?? warning;
  if (problem !== undefined) throw invalid(problem.message.split('\n')[0] as string, problem);
  return new Reader(text, aliasTargets(document.contents, MAX_DEPTH)).value(document.contents, 0);
}

class Reader {
  readonly #text: string;
  readonly #targets: ReadonlyMap<Alias, unknown>;
  #aliasDepth = 0;
  #aliasedNodes = 0;

  constructor(text: string, targets: ReadonlyMap<Alias, unknown>) {
    this.#text = text;
    this.#targets = targets;
  }

  value(node: unknown, depth: number): JsonValue {
    if (depth > MAX_DEPTH) throw invalid('the YAML nests too deeply');
    if (this.#aliasDepth > 0 && ++this.#aliasedNodes > MAX_ALIASED_NODES) {
      throw invalid('the YAML unfolds to too many nodes by its aliases');
    }
    if (node === null || node === undefined) return null;
    if (isAlias(node)) {
      this.#aliasDepth++;
      const value = this.value(this.#targets.get(node), depth + 1);
      this.#aliasDepth--;
      return value;
    }
    if (isScalar(node)) return scalar(node, this.#text).value as JsonValue;
    if (isSeq(node)) {
      expectTag(node.tag, 'seq');
      return node.items.map((item) => this.value(item, depth + 1));
    }
    if (isMap(node)) return this.#map(node, depth);
    throw invalid('the YAML holds a node of an unknown kind');
  }

  #map(map: YAMLMap, depth: number): JsonObject {
    expectTag(map.tag, 'map');
    const object = Object.create(null) as JsonObject;
    const merges: unknown[] = [];
    for (const pair of map.items) {
      if (isMergeKey(pair)) {
        merges.push(pair.value);
        continue;
      }
      const key = keyText(pair.key, this.#text);
      if (key in object) throw invalid(`the key ${JSON.stringify(key.slice(0, 40))} is named twice`);
      object[key] = this.value(pair.value, depth + 1);
    }
    if (merges.length > 1) throw invalid('a mapping holds two merge keys');
    for (const merge of merges) this.#merge(object, merge, depth);
    return object;
  }

  /** `<<` brings in the pairs of a mapping, or of several: what stands there already wins, then the earlier mapping. */
  #merge(object: JsonObject, source: unknown, depth: number): void {
    const target = isAlias(source) ? this.#targets.get(source) : source;
    const mappings = isSeq(target) ? target.items : [source];
    for (const mapping of mappings) {
      const resolved = isAlias(mapping) ? this.#targets.get(mapping) : mapping;
      if (!isMap(resolved)) throw invalid('a merge key must bring in mappings');
      const value = this.value(mapping, depth + 1) as JsonObject;
      for (const key of Object.keys(value)) {
        if (!(key in object)) object[key] = value[key] as JsonValue;
      }
    }
  }
}

function isMergeKey(pair: Pair): boolean {
  return (
    isScalar(pair.key) &&
    pair.key.type === Scalar.PLAIN &&
    pair.key.source === '<<' &&
    pair.key.tag === undefined
  );
}

function keyText(key: unknown, file: string): string {
  const { kind, value } = isScalar(key) ? scalar(key, file) : NO_SCALAR;
  if (kind === 'str') return value as string;
  // OPA prints a float as a key with the precision of 32 bits, `1e7` as 1e+07: no reader would expect that.
  if (kind === 'bool' || kind === 'int') return JSON.stringify(value);
  throw invalid('a YAML mapping has a key that is no text, integer or boolean');
}

function scalar(node: Scalar, file: string): ResolvedScalar {
  const block = node.type === Scalar.BLOCK_LITERAL || node.type === Scalar.BLOCK_FOLDED;
  const text = (block ? blockScalarValue(node, file) : (node.source ?? '')).toWellFormed();
  const tag = node.tag?.startsWith(TAG) === true ? node.tag.slice(TAG.length) : node.tag;
  const quoted = node.type !== Scalar.PLAIN && node.type !== undefined;
  if (tag === 'str' || (tag === undefined && quoted)) return { kind: 'str', value: text };
  const resolved = resolveScalar(text);
  const { kind, value } = resolved;
  if (value === undefined) throw invalid('JSON knows neither infinities nor NaN');
  if (tag === undefined || tag === kind) return resolved;
  // An integer of 64 bits with its sign may be called a float; go-yaml refuses the larger ones.
  if (tag === 'float' && kind === 'int' && BigInt(JSON.stringify(value)) < 2n ** 63n) {
    return { kind: 'float', value: Number(JSON.stringify(value)) };
  }
  throw invalid(`the YAML tag ${JSON.stringify(tag)} does not fit a data file`);
}

function expectTag(tag: string | undefined, kind: 'seq' | 'map'): void {
  if (tag !== undefined && tag !== `${TAG}${kind}`)
    throw invalid(`the YAML tag ${JSON.stringify(tag)} is unknown`);
}

function invalid(problem: string, cause?: unknown): PortcullisError {
  return new PortcullisError('bundle_data_invalid', problem, { cause });
}
