/** Writes protobuf fields one by one, also where no message would have them. */
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

export type Part = Uint8Array;

/** A length-delimited field: text, or the fields of a message. */
export const field = (number: number, ...content: readonly (Part | string)[]): Part =>
  new BinaryWriter()
    .tag(number, WireType.LengthDelimited)
    .bytes(Buffer.concat(content.map((one) => (typeof one === 'string' ? Buffer.from(one) : one))))
    .finish();
export const varint = (number: number, value: bigint | number): Part =>
  new BinaryWriter().tag(number, WireType.Varint).int64(value).finish();
export const bits64 = (number: number, value: number): Part =>
  new BinaryWriter().tag(number, WireType.Bit64).double(value).finish();
export const bytes = (...values: readonly number[]): Part => Buffer.from(values);
export const entry = (number: number, key: Part | string, value: Part | string): Part =>
  field(number, field(1, key), field(2, value));
