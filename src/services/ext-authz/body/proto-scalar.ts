import { Buffer } from 'node:buffer';
import { type DescEnum, ScalarType } from '@bufbuild/protobuf';
import { losslessNumber } from '../../../json/number.ts';
import type { JsonValue } from '../../../json/value.ts';
import { shortestFloat32 } from './shortest-float.ts';

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
