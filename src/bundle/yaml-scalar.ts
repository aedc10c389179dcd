import { losslessNumber } from '../json/number.ts';
import type { JsonValue } from '../json/value.ts';

/** What a scalar means: the name of its tag in YAML's core schema, and its value. */
export interface ResolvedScalar {
  readonly kind: 'null' | 'bool' | 'int' | 'float' | 'str';
  /** Undefined for infinities and NaN, which JSON cannot say. */
  readonly value: JsonValue | undefined;
}

/**
 * What a plain YAML scalar means to OPA, whose YAML reader is go-yaml v3 (`resolve.go`) followed by Go's JSON encoder:
 * integers of up to 64 bits are exact, everything else is a double; dates stay text. Not quite YAML 1.2: `010` is eight
 * and `1_000` a thousand.
 */
export function resolveScalar(source: string): ResolvedScalar {
  if (Object.hasOwn(WORDS, source)) {
    const value = WORDS[source] as boolean | null;
    return { kind: value === null ? 'null' : 'bool', value };
  }
  if (NOT_FINITE.test(source)) return { kind: 'float', value: undefined };
  const text: ResolvedScalar = { kind: 'str', value: source };
  // Go's own syntax: underscores only between digits.
  if (source.startsWith('.')) return LEADING_DOT.test(source) ? (float(source) ?? text) : text;
  if (!/^[-+0-9]/.test(source)) return text;
  const digits = source.replaceAll('_', '');
  const integer = integerOf(digits);
  if (integer !== undefined && integer >= MIN_INT64 && integer <= MAX_UINT64) {
    return { kind: 'int', value: losslessNumber(String(integer)) };
  }
  // Go's ParseFloat fails on an overflow, and the scalar stays text as it was written.
  return FLOAT.test(digits) ? (float(digits) ?? text) : text;
}

const WORDS: Readonly<Record<string, boolean | null>> = {
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
const LEADING_DOT = /^\.[0-9]+(?:_[0-9]+)*(?:[eE][-+]?[0-9]+(?:_[0-9]+)*)?$/;
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

function float(source: string): ResolvedScalar | undefined {
  const number = Number(source.replaceAll('_', ''));
  if (!Number.isFinite(number)) return undefined;
  return { kind: 'float', value: Object.is(number, -0) ? JSON.rawJSON('-0') : number };
}
