import { Buffer } from 'node:buffer';
import { numberText } from '../builtins/numbers.ts';
import { ExactNumber, type RegoValue } from '../value.ts';
import { hasElement, sizeOf, valueAt } from './collections.ts';

/** What an array takes as an index (`Number.Int` in v1/ast/term.go): `1` and `1.0` are one, `1e0` is not. */
const INDEX = /^(\d{1,19})(?:\.0*)?$/;
/** A segment of a path that is an index (v1/storage/internal/ptr). */
const INDEX_SEGMENT = /^\+?(\d{1,19})(?:\.0*)?$/;

/**
 * The value at a key of an array, object or set; undefined where there is none, and for scalars. With `inData` the source is base data that
 * a reference walks. OPA reads that from its store by a path of texts, so that there 1 finds the key "1" and "1" the index 1
 * (`NewPathForRef` in v1/storage/path.go).
 */
export function dot(source: RegoValue, key: RegoValue, inData: boolean): RegoValue | undefined {
  if (source instanceof Map) {
    const value = valueAt(source, key);
    if (value !== undefined || !inData || !isNumber(key)) return value;
    return source.get(numberText(key));
  }
  if (Array.isArray(source)) {
    if (typeof key === 'number') return source[key];
    if (key instanceof ExactNumber) return at(source, INDEX.exec(key.text));
    return inData && typeof key === 'string' ? at(source, INDEX_SEGMENT.exec(key)) : undefined;
  }
  // Of equal values, such as 1 and 1.0, the one that was asked for.
  return source instanceof Set && hasElement(source, key) ? key : undefined;
}

function at(array: readonly RegoValue[], match: RegExpExecArray | null): RegoValue | undefined {
  return match === null ? undefined : array[Number(match[1])];
}

function isNumber(value: RegoValue): value is number | ExactNumber {
  return typeof value === 'number' || value instanceof ExactNumber;
}

/** The length of an array, an object or a set; of a string the bytes in UTF-8, of anything else 0, as the module counts. */
export function lengthOf(value: RegoValue | undefined): number {
  if (Array.isArray(value)) return value.length;
  if (value instanceof Map) return value.size;
  if (value instanceof Set) return sizeOf(value);
  return typeof value === 'string' ? Buffer.byteLength(value) : 0;
}
