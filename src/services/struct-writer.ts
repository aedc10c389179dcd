import { type BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { JsonObject, JsonValue } from '../json/value.ts';

/**
 * Writes the fields of a google.protobuf.Struct. Its numbers are doubles, so that digits beyond those are lost; a number
 * too large for a double is written as a string of its digits, because a Struct must not hold infinity.
 */
export function writeStruct(writer: BinaryWriter, object: JsonObject): void {
  for (const [key, value] of Object.entries(object)) {
    writer.tag(1, WireType.LengthDelimited).fork();
    writer.tag(1, WireType.LengthDelimited).string(key);
    writer.tag(2, WireType.LengthDelimited).fork();
    writeValue(writer, value);
    writer.join().join();
  }
}

function writeValue(writer: BinaryWriter, value: JsonValue): void {
  if (value === null) {
    writer.tag(1, WireType.Varint).int32(0);
  } else if (typeof value === 'number') {
    writer.tag(2, WireType.Bit64).double(value);
  } else if (typeof value === 'string') {
    writer.tag(3, WireType.LengthDelimited).string(value);
  } else if (typeof value === 'boolean') {
    writer.tag(4, WireType.Varint).bool(value);
  } else if (Array.isArray(value)) {
    writer.tag(6, WireType.LengthDelimited).fork();
    for (const item of value) {
      writer.tag(1, WireType.LengthDelimited).fork();
      writeValue(writer, item);
      writer.join();
    }
    writer.join();
  } else if (JSON.isRawJSON(value)) {
    const number = Number(value.rawJSON);
    writeValue(writer, Number.isFinite(number) ? number : value.rawJSON);
  } else {
    writer.tag(5, WireType.LengthDelimited).fork();
    writeStruct(writer, value);
    writer.join();
  }
}
