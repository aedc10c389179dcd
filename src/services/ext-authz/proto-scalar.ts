import { Buffer } from 'node:buffer';
import { type DescEnum, ScalarType } from '@bufbuild/protobuf';
import { losslessNumber } from '../../json/number.ts';
import type { JsonValue } from '../../json/value.ts';

/** A scalar as Go's protojson writes it; `value` is what the runtime's decoder gives. */
export function scalarJson(value: unknown, scalar: ScalarType | undefined): JsonValue {
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Uint8Array) {
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64');
  }
  return floatJson(scalar === ScalarType.FLOAT ? shortestFloat32(value as number) : (value as number));
}

/** The name of an enum's value; its number when it has none. */
export function enumJson(value: number, desc: DescEnum): JsonValue {
  if (desc.typeName === 'google.protobuf.NullValue') return null;
  return desc.value[value]?.name ?? value;
}

function floatJson(value: number): JsonValue {
  if (!Number.isFinite(value)) return String(value);
  return losslessNumber(Object.is(value, -0) ? '-0' : String(value));
}

/** The decimal number with the fewest digits that is this float when rounded to 32 bits; of several the nearest, of two as near the even one. */
function shortestFloat32(float: number): number {
  if (float === 0 || !Number.isFinite(float)) return float;
  for (let digits = 1; digits < 9; digits++) {
    const [mantissa = '', exponent] = Math.abs(float)
      .toExponential(digits - 1)
      .split('e');
    const nearest = Number(mantissa.replace('.', ''));
    const fits = (candidate: number): number | undefined => {
      const decimal = Math.sign(float) * Number(`${candidate}e${Number(exponent) - digits + 1}`);
      return Math.fround(decimal) === float ? decimal : undefined;
    };
    // Below a power of two floats lie closer than above, so that the nearest may be another float and the next may fit.
    if (Number.isInteger(Math.log2(Math.abs(float)))) {
      const found = fits(nearest) ?? fits(nearest + 1);
      if (found !== undefined) return found;
    } else {
      const found = fits(nearest);
      if (found !== undefined)
        return (isHalfRoundedToOdd(float, digits, nearest) && fits(nearest - 1)) || found;
    }
  }
  return Number(float.toPrecision(9));
}

/** `toExponential` rounds a half up. */
function isHalfRoundedToOdd(float: number, digits: number, rounded: number): boolean {
  if (rounded % 2 === 0) return false;
  // oxlint-disable-next-line oxc/number-arg-out-of-range -- ECMAScript allows 100 digits since 2018
  const exact = float.toExponential(99).replace(/^-|\./g, '');
  return /^50*e/.test(exact.slice(digits));
}
