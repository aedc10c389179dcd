import type { JsonObject, JsonValue } from '../../../json/value.ts';
import { readStruct } from '../../struct-reader.ts';
import { fieldTag, LENGTH_DELIMITED, malformed, type WireReader } from '../../wire-reader.ts';
import type { Reading } from './reading.ts';

/** Reads the map entry that the reader is in, to its end, into the map. A key or a value that is left out is the empty one. */
export type ReadEntry = (reading: Reading, map: JsonObject) => void;

const ENTRY_KEY = fieldTag(1, LENGTH_DELIMITED);
const ENTRY_VALUE = fieldTag(2, LENGTH_DELIMITED);

/** From text to text. */
export function readTextEntry({ reader }: Reading, map: JsonObject): void {
  let key = '';
  let value = '';
  for (let tag = reader.next(); tag !== 0; tag = reader.next()) {
    if (tag === ENTRY_KEY) key = reader.string();
    else if (tag === ENTRY_VALUE) value = reader.string();
    else skipUnknown(reader, tag);
  }
  map[key] = value;
}

/** From text to messages: `readValue` reads an encoded one. `name` is the map's. */
export function messageEntryReader(
  name: string,
  readValue: (reading: Reading, bytes: Uint8Array) => JsonValue,
): ReadEntry {
  return (reading, map) => {
    const { reader } = reading;
    let key = '';
    const values: Uint8Array[] = [];
    for (let tag = reader.next(); tag !== 0; tag = reader.next()) {
      if (tag === ENTRY_KEY) key = reader.string();
      else if (tag === ENTRY_VALUE) values.push(reader.bytes());
      else skipUnknown(reader, tag);
    }
    // The key may come after the value, so the value waits for the entry's end.
    reading.path.push(name, key);
    reading.leaf = '';
    map[key] = readValue(reading, merged(values));
    reading.path.length -= 2;
  };
}

/** A Struct as a map's value. */
export function readStructValue({ options, path }: Reading, bytes: Uint8Array): JsonObject {
  return readStruct(bytes, options.maxDepth - path.length);
}

/** Encoded messages one after the other are the merger of all. */
function merged(values: readonly Uint8Array[]): Uint8Array {
  const [only, ...more] = values;
  return only !== undefined && more.length === 0 ? only : Buffer.concat(values);
}

function skipUnknown(reader: WireReader, tag: number): void {
  const number = tag >>> 3;
  if (number === 1 || number === 2) throw malformed(`an entry's field has wire type ${tag % 8} instead of 2`);
  reader.skip(tag);
}
