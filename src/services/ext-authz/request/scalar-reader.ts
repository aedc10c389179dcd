import { type DescField, ScalarType } from '@bufbuild/protobuf';
import { PortcullisError } from '../../../errors.ts';
import type { JsonValue } from '../../../json/value.ts';
import { LENGTH_DELIMITED, VARINT, type WireReader } from '../../wire-reader.ts';

type ScalarField = DescField & { readonly fieldKind: 'scalar' | 'enum' };

type ReadScalar = (reader: WireReader) => JsonValue;

/** Reads the scalar that is the reader's field as JSON. Enums keep their number, also one without a name. Not for bytes. */
export function scalarReader(field: ScalarField): ReadScalar {
  if (field.fieldKind === 'enum') return (reader) => reader.int32();
  const read = READERS.get(field.scalar);
  if (read === undefined) throw unsupported(field);
  return read;
}

const READERS: ReadonlyMap<ScalarType, ReadScalar> = new Map<ScalarType, ReadScalar>([
  [ScalarType.STRING, (reader) => reader.string()],
  [ScalarType.BOOL, (reader) => reader.bool()],
  [ScalarType.INT32, (reader) => reader.int32()],
  [ScalarType.UINT32, (reader) => reader.uint32()],
  [ScalarType.INT64, (reader) => exactNumber(reader.int64())],
]);

/** The wire type that `scalarReader` expects. */
export function scalarWireType(field: ScalarField): number {
  return field.scalar === ScalarType.STRING ? LENGTH_DELIMITED : VARINT;
}

/** The value that proto3 does not tell from a missing one. */
export const isDefault = (value: JsonValue): boolean => value === '' || value === 0 || value === false;

/** A defect: the compiled message has a field of a kind that is not read. */
export function unsupported(field: DescField): PortcullisError {
  return new PortcullisError('internal', `No reader for the kind of field that ${field.toString()} is`);
}

/** A number with all its digits, as a policy sees it in OPA. */
function exactNumber(value: number | bigint): JsonValue {
  if (typeof value === 'number') return value;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : JSON.rawJSON(value.toString());
}
