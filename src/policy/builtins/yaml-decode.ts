import { type Alias, isAlias, isMap, isScalar, isSeq, Scalar, type YAMLMap } from 'yaml';
import { blockScalarValue } from '../../bundle/yaml-block.ts';
import { ExactNumber, type RegoValue } from '../value.ts';
import { BuiltinError } from './builtin.ts';
import { YamlError } from './yaml-error.ts';
import { keyText } from './yaml-keys.ts';
import { type KeyedPair, mergeSources, uniquePairs } from './yaml-pairs.ts';
import { resolveYaml, type YamlScalar } from './yaml-resolve.ts';

/** Deeper values would not go into the module. */
const MAX_DEPTH = 1_000;

/** What aliases may bring in: go-yaml counts in its own way, and allows no more than this in small documents. */
const MAX_ALIASED_NODES = 400_000;

/** Makes values of a document's nodes, as OPA does: go-yaml v3 decodes it, Go's encoder writes JSON of that. */
export class YamlDecoder {
  readonly #text: string;
  readonly #targets: ReadonlyMap<Alias, unknown>;
  #aliasDepth = 0;
  #aliased = 0;

  constructor(text: string, targets: ReadonlyMap<Alias, unknown>) {
    this.#text = text;
    this.#targets = targets;
  }

  /** Throws YamlError for what OPA refuses, BuiltinError beyond our limits. */
  value(node: unknown, depth: number = 0): RegoValue {
    if (depth > MAX_DEPTH) throw new BuiltinError(`the YAML is nested more than ${MAX_DEPTH} levels deep`);
    this.#count();
    if (node === null || node === undefined) return null;
    if (isAlias(node)) {
      this.#aliasDepth++;
      const value = this.value(this.#targets.get(node), depth + 1);
      this.#aliasDepth--;
      return value;
    }
    if (isSeq(node)) return node.items.map((item) => this.value(item, depth + 1));
    if (isMap(node)) return this.#map(node, depth);
    return valueOf(this.#scalar(node));
  }

  #count(): void {
    if (this.#aliasDepth > 0 && ++this.#aliased > MAX_ALIASED_NODES) {
      throw new YamlError('document contains excessive aliasing');
    }
  }

  #scalar(node: unknown): YamlScalar {
    const target = isAlias(node) ? this.#targets.get(node) : node;
    if (target === null || target === undefined) return { kind: 'null' };
    if (!isScalar(target)) throw new YamlError('invalid map key');
    const isBlock = target.type === Scalar.BLOCK_LITERAL || target.type === Scalar.BLOCK_FOLDED;
    const source = isBlock ? blockScalarValue(target, this.#text) : (target.source ?? '');
    const isQuoted = target.type !== Scalar.PLAIN && target.type !== undefined;
    return resolveYaml(source, target.tag, isQuoted);
  }

  #pairs(map: YAMLMap): KeyedPair[] {
    return uniquePairs(map, (key) => this.#scalar(key));
  }

  #map(map: YAMLMap, depth: number): Map<string, RegoValue> {
    const pairs = this.#pairs(map);
    const object = new Map<string, RegoValue>();
    for (const { key, value } of pairs) {
      const name = keyText(key);
      if (name === undefined) throw new YamlError('unsupported map key');
      object.set(name, this.value(value, depth + 1));
    }
    const hasTextKeysOnly = pairs.every(({ key }) => key.kind === 'str');
    this.#merge(map, object, hasTextKeysOnly, depth);
    return object;
  }

  /** `<<` brings in mappings: what stands there already wins, then the mapping that comes first. */
  #merge(map: YAMLMap, into: Map<string, RegoValue>, hasTextKeysOnly: boolean, depth: number): void {
    for (const source of mergeSources(map)) {
      const mapping = isAlias(source) ? this.#targets.get(source) : source;
      if (!isMap(mapping)) throw new YamlError('map merge requires map or sequence of maps as the value');
      if (depth > MAX_DEPTH) throw new BuiltinError(`the YAML is nested more than ${MAX_DEPTH} levels deep`);
      this.#aliasDepth++;
      this.#count();
      for (const { key, text, value } of this.#pairs(mapping)) {
        this.#count();
        // Into an object whose keys are all text, go-yaml reads keys as they are written, and none for null.
        const name = hasTextKeysOnly ? (key.kind === 'null' ? null : text) : keyText(key);
        if (name === undefined) throw new YamlError('unsupported map key');
        if (name === null || into.has(name)) continue;
        into.set(name, this.value(value, depth + 1));
      }
      this.#merge(mapping, into, hasTextKeysOnly, depth + 1);
      this.#aliasDepth--;
    }
  }
}

function valueOf(scalar: YamlScalar): RegoValue {
  if (scalar.kind === 'null') return null;
  if (scalar.kind !== 'float') return scalar.value;
  if (!Number.isFinite(scalar.value)) throw new YamlError('json: unsupported value: infinity or NaN');
  return Object.is(scalar.value, -0) ? new ExactNumber('-0') : scalar.value;
}
