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
import { resolvePlainScalar } from './yaml-scalar.ts';

const MAX_DEPTH = 256;
/** Nodes that aliases may bring in, so that a page of text cannot unfold into gigabytes. */
const MAX_ALIASED_NODES = 100_000;
const TAG = 'tag:yaml.org,2002:';

/**
 * Reads a YAML data file to the value that OPA makes of it (see {@link resolvePlainScalar}). Stricter than OPA, which
 * lets the last of two equal keys win and reads the first of several documents: here both are refused.
 * Throws `bundle_data_invalid` without naming the file.
 */
export function parseYaml(text: string): JsonValue {
  // The failsafe schema gives every scalar as text, so that the reading of numbers and words is ours alone.
  const documents = parseAllDocuments(text, { schema: 'failsafe', version: '1.2', uniqueKeys: true });
  if (!Array.isArray(documents) || documents.length === 0) return null;
  if (documents.length > 1) throw invalid('the file holds several YAML documents');
  const document = documents[0] as Document;
  // Tags are judged below; the schema that was asked for knows none.
  const warning = document.warnings.find(({ code }) => code !== 'TAG_RESOLVE_FAILED');
  const problem = document.errors[0] ?? warning;
  if (problem !== undefined) throw invalid(problem.message.split('\n')[0] as string, problem);
  return new Reader(document).value(document.contents, 0);
}

class Reader {
  readonly #document: Document;
  #aliasDepth = 0;
  #aliasedNodes = 0;

  constructor(document: Document) {
    this.#document = document;
  }

  value(node: unknown, depth: number): JsonValue {
    if (depth > MAX_DEPTH) throw invalid('the YAML nests too deeply');
    if (this.#aliasDepth > 0 && ++this.#aliasedNodes > MAX_ALIASED_NODES) {
      throw invalid('the YAML unfolds to too many nodes by its aliases');
    }
    if (node === null || node === undefined) return null;
    if (isAlias(node)) {
      this.#aliasDepth++;
      const value = this.value(this.#target(node), depth + 1);
      this.#aliasDepth--;
      return value;
    }
    if (isScalar(node)) return scalarValue(node);
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
      const key = keyText(pair.key);
      if (key in object) throw invalid(`the key ${JSON.stringify(key.slice(0, 40))} is named twice`);
      object[key] = this.value(pair.value, depth + 1);
    }
    if (merges.length > 1) throw invalid('a mapping holds two merge keys');
    for (const merge of merges) this.#merge(object, merge, depth);
    return object;
  }

  /** `<<` brings in the pairs of a mapping, or of several: what stands there already wins, then the earlier mapping. */
  #merge(object: JsonObject, source: unknown, depth: number): void {
    const target = isAlias(source) ? this.#target(source) : source;
    const mappings = isSeq(target) ? target.items : [source];
    for (const mapping of mappings) {
      const resolved = isAlias(mapping) ? this.#target(mapping) : mapping;
      if (!isMap(resolved)) throw invalid('a merge key must bring in mappings');
      const value = this.value(mapping, depth + 1) as JsonObject;
      for (const key of Object.keys(value)) {
        if (!(key in object)) object[key] = value[key] as JsonValue;
      }
    }
  }

  #target(alias: Alias): unknown {
    const target = alias.resolve(this.#document);
    if (target === undefined) throw invalid('the YAML holds an alias without an anchor');
    return target;
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

function keyText(key: unknown): string {
  const value = isScalar(key) ? scalarValue(key) : undefined;
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return String(value);
  const digits = typeof value === 'number' ? String(value) : JSON.isRawJSON(value) ? value.rawJSON : '';
  // OPA prints a fraction as a key with the precision of a 32-bit float: no reader would expect that.
  if (/^-?[0-9]+$/.test(digits)) return digits;
  throw invalid('a YAML mapping has a key that is no text, integer or boolean');
}

function scalarValue(node: Scalar): JsonValue {
  const text = (node.source ?? '').toWellFormed();
  const tag = node.tag?.startsWith(TAG) === true ? node.tag.slice(TAG.length) : node.tag;
  if (tag === 'str' || (tag === undefined && node.type !== Scalar.PLAIN && node.type !== undefined))
    return text;
  const value = resolvePlainScalar(text);
  if (value === undefined) throw invalid('JSON knows neither infinities nor NaN');
  if (tag === undefined || tag === kindOf(value)) return value;
  if (tag === 'float' && kindOf(value) === 'int') return Number(text.replaceAll('_', ''));
  throw invalid(`the YAML tag ${JSON.stringify(tag)} does not fit a data file`);
}

function kindOf(value: JsonValue): string {
  if (value === null) return 'null';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'string') return 'str';
  return /^-?[0-9]+$/.test(JSON.stringify(value)) ? 'int' : 'float';
}

function expectTag(tag: string | undefined, kind: 'seq' | 'map'): void {
  if (tag !== undefined && tag !== `${TAG}${kind}`)
    throw invalid(`the YAML tag ${JSON.stringify(tag)} is unknown`);
}

function invalid(problem: string, cause?: unknown): PortcullisError {
  return new PortcullisError('bundle_data_invalid', problem, { cause });
}
