import { resolveScalar } from '../../bundle/yaml-scalar.ts';
import type { RegoNumber, RegoValue } from '../value.ts';
import { BuiltinError } from './builtin.ts';
import { formatFloat } from './go-float.ts';
import { goJsonString, type JsonShape, jsonShape } from './json-shape.ts';
import { numberText } from './numbers.ts';
import { emitYaml, type YamlNode } from './yaml-emit.ts';

/** A longer key is no key to go-yaml, quotes and escapes counted. */
const MAX_KEY_LENGTH = 1_024;

/** Characters that Go's JSON encoder leaves as they are and go-yaml's reader refuses. */
const REFUSED = /[\x7f-\x84\x86-\x9f\ufffe\uffff]/;

/** U+0085 in a quoted scalar is a line break, which reading folds. */
const FOLDED = / *\x85[ \x85]*/g;

/** YAML of a value, by way of JSON that is read as YAML, as OPA does it (internal/yaml). Throws BuiltinError. */
export function marshalYaml(value: RegoValue): string {
  return emitYaml(nodeOf(jsonShape(value)));
}

function nodeOf(value: JsonShape): YamlNode {
  if (typeof value === 'string') return textOf(value);
  if (value === null || typeof value === 'boolean') return { plain: String(value) };
  if (Array.isArray(value)) return value.map(nodeOf);
  if (value instanceof Map)
    return new Map(Array.from(value, ([key, member]) => [keyOf(key), nodeOf(member)]));
  return numberNode(value);
}

function textOf(text: string): string {
  if (REFUSED.test(text)) throw new BuiltinError('yaml: control characters are not allowed');
  if (!text.includes('\x85')) return text;
  return text.replace(FOLDED, (run) => {
    const breaks = run.replaceAll(' ', '').length;
    return breaks === 1 ? ' ' : '\n'.repeat(breaks - 1);
  });
}

function keyOf(key: string): string {
  if (key.includes('\x85') || Array.from(goJsonString(key)).length > MAX_KEY_LENGTH) {
    throw new BuiltinError('yaml: a key is too long or has a line break');
  }
  return textOf(key);
}

/** Integers of 64 bits as they are, others as Go's shortest double, and what is no double any more as text. */
function numberNode(value: RegoNumber): YamlNode {
  const text = numberText(value);
  const resolved = resolveScalar(text);
  if (resolved.kind === 'str') return text;
  const written = JSON.stringify(resolved.value);
  return { plain: resolved.kind === 'int' ? written : formatFloat(Number(written), 'g', -1) };
}
