import { isAlias, isScalar, isSeq, type Pair, Scalar, type YAMLMap } from 'yaml';
import { YamlError } from './yaml-error.ts';
import { keyText } from './yaml-keys.ts';
import type { YamlScalar } from './yaml-resolve.ts';
import { isYamlTime } from './yaml-time.ts';

/** A pair of a mapping whose key is known. */
export interface KeyedPair {
  readonly key: YamlScalar;
  /** The key as it is written. */
  readonly text: string;
  readonly value: unknown;
}

/** `<<`, plain, with no tag but its own. */
function isMergeKey({ key }: Pair): boolean {
  if (!isScalar(key) || key.source !== '<<') return false;
  if (key.tag === 'tag:yaml.org,2002:merge') return true;
  return key.type === Scalar.PLAIN && (key.tag === undefined || key.tag === '!');
}

/** What the mapping's merge keys bring in, in order. A single one may have a list; so may each of several. */
export function mergeSources(map: YAMLMap): readonly unknown[] {
  return map.items
    .filter(isMergeKey)
    .map(({ value }) => value)
    .flatMap((value) => (isSeq(value) ? value.items : [value]));
}

/**
 * Of pairs whose keys become one member the last value counts. Keys that OPA does not compare so, aliases and moments,
 * may not stand twice. Throws YamlError.
 */
export function uniquePairs(map: YAMLMap, resolve: (key: unknown) => YamlScalar): KeyedPair[] {
  const pairs = map.items.filter((pair) => !isMergeKey(pair));
  const hasMerge = pairs.length < map.items.length;
  const byName = new Map<string, KeyedPair>();
  const others: KeyedPair[] = [];
  const written = new Set<string>();
  if (hasMerge) written.add(' <<');
  for (const pair of pairs) {
    const key = resolve(pair.key);
    const text = textOf(pair.key);
    const name = isAlias(pair.key) || isMoment(pair.key) ? undefined : keyText(key);
    const keyed = { key, text, value: pair.value };
    if (name !== undefined && byName.has(name)) {
      byName.set(name, { ...(byName.get(name) as KeyedPair), value: pair.value });
      continue;
    }
    const mark = `${isAlias(pair.key) ? '*' : ' '}${text}`;
    if (written.has(mark)) throw new YamlError(`mapping key ${text} already defined`);
    written.add(mark);
    if (name === undefined) others.push(keyed);
    else byName.set(name, keyed);
  }
  return [...byName.values(), ...others];
}

function isMoment(key: unknown): boolean {
  return isScalar(key) && key.type === Scalar.PLAIN && key.tag === undefined && isYamlTime(key.source ?? '');
}

function textOf(key: unknown): string {
  if (isAlias(key)) return key.source;
  return isScalar(key) ? (key.source ?? '') : '';
}
