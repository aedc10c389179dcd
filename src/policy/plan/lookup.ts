import { Buffer } from 'node:buffer';
import { hasElement, sizeOf, valueAt } from '../builtins/collections.ts';
import { numberText } from '../builtins/numbers.ts';
import { ExactNumber, type RegoValue } from '../value.ts';

/** What OPA reads as an integer of 64 bits, in the text of a number and in a segment of a path (`Atoi64` in v1/util/performance.go). */
const INTEGER = /^([+-]?)(?=[\d.]{1,19}$)(\d*)(?:\.0*)?$/;

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
    if (key instanceof ExactNumber) return source[indexFrom(key.text)];
    return inData && typeof key === 'string' ? source[indexFrom(key)] : undefined;
  }
  // Of equal values, such as 1 and 1.0, the one that was asked for.
  return source instanceof Set && hasElement(source, key) ? key : undefined;
}

/** -1 where the text is no index. */
function indexFrom(text: string): number {
  const [, sign, digits] = INTEGER.exec(text) ?? [];
  const index = digits === undefined ? -1 : Number(digits);
  return sign === '-' && index !== 0 ? -1 : index;
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
