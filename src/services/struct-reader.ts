import { PortcullisError } from '../errors.ts';
import type { JsonObject, JsonValue } from '../json/value.ts';
import { FIXED64, fieldTag, LENGTH_DELIMITED, malformed, VARINT, WireReader } from './wire-reader.ts';

/** Tags of google/protobuf/struct.proto. */
const STRUCT_FIELDS = fieldTag(1, LENGTH_DELIMITED);
const ENTRY_KEY = fieldTag(1, LENGTH_DELIMITED);
const ENTRY_VALUE = fieldTag(2, LENGTH_DELIMITED);
const VALUE_NULL = fieldTag(1, VARINT);
const VALUE_NUMBER = fieldTag(2, FIXED64);
const VALUE_STRING = fieldTag(3, LENGTH_DELIMITED);
const VALUE_BOOL = fieldTag(4, VARINT);
const VALUE_STRUCT = fieldTag(5, LENGTH_DELIMITED);
const VALUE_LIST = fieldTag(6, LENGTH_DELIMITED);
const LIST_VALUES = fieldTag(1, LENGTH_DELIMITED);

/**
 * Reads an encoded google.protobuf.Struct as JSON. `maxDepth` counts objects and arrays inside each other.
 *
 * Refused, because readers differ on what they mean and a policy must not decide on another document than the caller's:
 * a key given twice (`json_duplicate_key`); a Value without a kind or with several; numbers that JSON has not (NaN and
 * the infinities, `json_invalid`). Too deep is `json_too_deep`, bytes that are no Struct `invalid_request`.
 */
export function readStruct(bytes: Uint8Array, maxDepth: number): JsonObject {
  return readFields(new WireReader(bytes), maxDepth);
}

/** Reads the Struct that the reader is in, to its end. */
function readFields(reader: WireReader, depthLeft: number): JsonObject {
  if (depthLeft <= 0) throw tooDeep();
  const object = Object.create(null) as JsonObject;
  for (let tag = reader.next(); tag !== 0; tag = reader.next()) {
    if (tag === STRUCT_FIELDS) {
      const outer = reader.enter();
      readEntry(reader, depthLeft, object);
      reader.leave(outer);
    } else {
      reader.skip(tag);
    }
  }
  return object;
}

function readEntry(reader: WireReader, depthLeft: number, object: JsonObject): void {
  let key: string | undefined;
  let value: JsonValue | undefined;
  for (let tag = reader.next(); tag !== 0; tag = reader.next()) {
    if (tag === ENTRY_KEY) {
      if (key !== undefined) throw malformed('an entry of a Struct has two keys');
      key = reader.string();
    } else if (tag === ENTRY_VALUE) {
      if (value !== undefined) throw malformed('an entry of a Struct has two values');
      value = readValue(reader, depthLeft);
    } else {
      reader.skip(tag);
    }
  }
  // A map entry may leave out an empty key; a Value that is left out has no kind.
  key ??= '';
  if (value === undefined) throw noKind();
  if (key in object) {
    throw new PortcullisError('json_duplicate_key', `The Struct has the key ${JSON.stringify(key)} twice`);
  }
  object[key] = value;
}

/** Reads the Value that is the reader's field. */
function readValue(reader: WireReader, depthLeft: number): JsonValue {
  const outer = reader.enter();
  let value: JsonValue | undefined;
  for (let tag = reader.next(); tag !== 0; tag = reader.next()) {
    const kind = readKind(reader, tag, depthLeft);
    if (kind === undefined) continue;
    if (value !== undefined) throw malformed('a Value has several kinds');
    value = kind;
  }
  if (value === undefined) throw noKind();
  reader.leave(outer);
  return value;
}

/** Undefined for a field that Value does not have. */
function readKind(reader: WireReader, tag: number, depthLeft: number): JsonValue | undefined {
  switch (tag) {
    case VALUE_NULL:
      reader.skip(tag);
      return null;
    case VALUE_NUMBER:
      return finite(reader.double());
    case VALUE_STRING:
      return reader.string();
    case VALUE_BOOL:
      return reader.bool();
    case VALUE_STRUCT: {
      const outer = reader.enter();
      const object = readFields(reader, depthLeft - 1);
      reader.leave(outer);
      return object;
    }
    case VALUE_LIST: {
      const outer = reader.enter();
      const list = readList(reader, depthLeft - 1);
      reader.leave(outer);
      return list;
    }
    default:
      reader.skip(tag);
      return undefined;
  }
}

function readList(reader: WireReader, depthLeft: number): JsonValue[] {
  if (depthLeft <= 0) throw tooDeep();
  const list: JsonValue[] = [];
  for (let tag = reader.next(); tag !== 0; tag = reader.next()) {
    if (tag === LIST_VALUES) list.push(readValue(reader, depthLeft));
    else reader.skip(tag);
  }
  return list;
}

function finite(number: number): number {
  if (Number.isFinite(number)) return number;
  throw new PortcullisError('json_invalid', `The Struct holds ${number}, which JSON cannot express`);
}

const noKind = (): PortcullisError => malformed('a Value has no kind');

function tooDeep(): PortcullisError {
  return new PortcullisError('json_too_deep', 'The Struct nests deeper than the limit');
}
