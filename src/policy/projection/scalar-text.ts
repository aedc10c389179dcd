import { canonicalJson } from '../../json/canonical.ts';
import { canonicalString } from '../../json/canonical-string.ts';
import type { RawJson } from '../../json/value.ts';
import { numberIdentity } from '../builtins/numbers.ts';
import { COMPARED, FULL, SCALAR, TYPE } from '../plan/footprint.ts';
import { ExactNumber } from '../value.ts';

export type Scalar = null | boolean | number | string | RawJson;

/** What reads let through of a value that is neither an array nor an object, as canonical JSON. */
export function scalarText(reads: number, value: Scalar): string {
  if ((reads & (SCALAR | COMPARED | FULL)) === 0) return (reads & TYPE) === 0 ? 'null' : typeText(value);
  if (typeof value === 'string') return canonicalString(value);
  if ((reads & (SCALAR | FULL)) !== 0 || !JSON.isRawJSON(value)) return canonicalJson(value);
  return comparedNumber(value.rawJSON);
}

function typeText(value: Scalar): string {
  if (value === null || typeof value === 'boolean') return String(value);
  return typeof value === 'string' ? '""' : '0';
}

/**
 * Integers up to 2^53 have one text, however they are written: `1.0`, `10e-1`, `-0`. OPA and its modules compare them by
 * their exact value. Others keep their text, and so does `1.00000000000000000001`, which is not 1 though its double is.
 * @param source the text of a JSON number
 */
export function comparedNumber(source: string): string {
  const number = Number(source);
  if (!Number.isSafeInteger(number)) return source;
  const integer = number === 0 ? '0' : String(number);
  return numberIdentity(new ExactNumber(source)) === integer ? integer : source;
}
