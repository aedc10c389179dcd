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
 * Reads an encoded google.protobuf.Struct as JSON. `depthLeft` counts objects and arrays inside each other.
 *
 * Refused, because readers differ on what they mean and a policy must not decide on another document than the caller's:
 * a key given twice (`json_duplicate_key`); a Value without a kind or with several; numbers that JSON has not (NaN and
 * the infinities, `json_invalid`). Too deep is `json_too_deep`, bytes that are no Struct `invalid_request`.
 */
export function readStruct(bytes: Uint8Array, depthLeft: number): JsonObject {
  if (depthLeft <= 0) throw tooDeep();
  const object = Object.create(null) as JsonObject;
  const reader = new WireReader(bytes);
  for (let tag = reader.next(); tag !== 0; tag = reader.next()) {
    if (tag === STRUCT_FIELDS) readEntry(reader.bytes(), depthLeft, object);
    else reader.skip(tag);
  }
  return object;
}

function readEntry(bytes: Uint8Array, depthLeft: number, object: JsonObject): void {
  let key: string | undefined;
  let value: Uint8Array | undefined;
  const reader = new WireReader(bytes);
  for (let tag = reader.next(); tag !== 0; tag = reader.next()) {
    switch (tag) {
      case ENTRY_KEY:
        if (key !== undefined) throw malformed('an entry of a Struct has two keys');
        key = reader.string();
        break;
      case ENTRY_VALUE:
        if (value !== undefined) throw malformed('an entry of a Struct has two values');
        value = reader.bytes();
        break;
      default:
        reader.skip(tag);
    }
  }
  // A map entry leaves out what is empty.
  key ??= '';
  if (key in object) {
    throw new PortcullisError('json_duplicate_key', `The Struct has the key ${JSON.stringify(key)} twice`);
  }
  object[key] = readValue(value ?? NOTHING, depthLeft);
}

const NOTHING = new Uint8Array(0);

function readValue(bytes: Uint8Array, depthLeft: number): JsonValue {
  let value: JsonValue | undefined;
  const reader = new WireReader(bytes);
  for (let tag = reader.next(); tag !== 0; tag = reader.next()) {
    const kind = readKind(reader, tag, depthLeft);
    if (kind === undefined) continue;
    if (value !== undefined) throw malformed('a Value has several kinds');
    value = kind;
  }
  if (value === undefined) throw malformed('a Value has no kind');
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
    case VALUE_STRUCT:
      return readStruct(reader.bytes(), depthLeft - 1);
    case VALUE_LIST:
      return readList(reader.bytes(), depthLeft - 1);
    default:
      reader.skip(tag);
      return undefined;
  }
}

function readList(bytes: Uint8Array, depthLeft: number): JsonValue[] {
  if (depthLeft <= 0) throw tooDeep();
  const list: JsonValue[] = [];
  const reader = new WireReader(bytes);
  for (let tag = reader.next(); tag !== 0; tag = reader.next()) {
    if (tag === LIST_VALUES) list.push(readValue(reader.bytes(), depthLeft));
    else reader.skip(tag);
  }
  return list;
}

function finite(number: number): number {
  if (Number.isFinite(number)) return number;
  throw new PortcullisError('json_invalid', `The Struct holds ${number}, which JSON cannot express`);
}

function tooDeep(): PortcullisError {
  return new PortcullisError('json_too_deep', 'The Struct nests deeper than the limit');
}
