import { losslessNumber } from '../json/number.ts';
import type { JsonValue } from '../json/value.ts';

/**
 * What a plain YAML scalar means to OPA, whose YAML reader is go-yaml v3 (`resolve.go`) followed by Go's JSON encoder:
 * integers of up to 64 bits are exact, everything else is a double; dates stay text. Not quite YAML 1.2: `010` is eight
 * and `1_000` a thousand. Undefined for infinities and NaN, which JSON cannot say.
 */
export function resolvePlainScalar(source: string): JsonValue | undefined {
  if (Object.hasOwn(WORDS, source)) return WORDS[source];
  if (NOT_FINITE.test(source)) return undefined;
  if (source.startsWith('.')) return FLOAT.test(source) ? float(source) : source;
  if (!/^[-+0-9]/.test(source)) return source;
  const digits = source.replaceAll('_', '');
  const integer = integerOf(digits);
  if (integer !== undefined && integer >= MIN_INT64 && integer <= MAX_UINT64)
    return losslessNumber(String(integer));
  if (!FLOAT.test(digits)) return source;
  const number = float(digits);
  // Go's ParseFloat fails on an overflow, and the scalar stays text as it was written.
  return number === undefined ? source : number;
}

const WORDS: Readonly<Record<string, JsonValue>> = {
  true: true,
  True: true,
  TRUE: true,
  false: false,
  False: false,
  FALSE: false,
  '': null,
  '~': null,
  null: null,
  Null: null,
  NULL: null,
};
const NOT_FINITE = /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const INTEGER = /^([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[oO]?([0-7]+)|0[bB]([01]+)|(0|[1-9][0-9]*))$/;
const MIN_INT64 = -(2n ** 63n);
const MAX_UINT64 = 2n ** 64n - 1n;
/** Go's ParseUint takes no sign, so that a signed number stops at the largest int64. */
const MAX_INT64 = 2n ** 63n - 1n;

function integerOf(digits: string): bigint | undefined {
  const match = INTEGER.exec(digits);
  if (match === null) return undefined;
  const [, sign, hex, octal, binary, decimal] = match;
  const magnitude =
    hex !== undefined
      ? BigInt(`0x${hex}`)
      : octal !== undefined
        ? BigInt(`0o${octal}`)
        : binary !== undefined
          ? BigInt(`0b${binary}`)
          : BigInt(decimal as string);
  if (sign !== '' && magnitude > MAX_INT64 + (sign === '-' ? 1n : 0n)) return undefined;
  return sign === '-' ? -magnitude : magnitude;
}

function float(source: string): JsonValue | undefined {
  const number = Number(source);
  if (!Number.isFinite(number)) return undefined;
  return Object.is(number, -0) ? JSON.rawJSON('-0') : number;
}
