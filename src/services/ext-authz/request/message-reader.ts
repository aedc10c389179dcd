import { type DescField, type DescMessage, ScalarType } from '@bufbuild/protobuf';
import { FeatureSet_FieldPresence, StructSchema } from '@bufbuild/protobuf/wkt';
import { PortcullisError } from '../../../errors.ts';
import type { JsonObject, JsonValue } from '../../../json/value.ts';
import { fieldTag, LENGTH_DELIMITED, malformed, WireReader } from '../../wire-reader.ts';
import { setBytes } from './bytes-member.ts';
import { messageEntryReader, type ReadEntry, readStructValue, readTextEntry } from './map-entry-reader.ts';
import { emptyObject, located, type Reading, type ReadOptions } from './reading.ts';
import { isDefault, scalarReader, scalarWireType, unsupported } from './scalar-reader.ts';

/**
 * Compiles a message's descriptor into a function that reads encoded messages as plain JSON, in one pass and without
 * message objects in between. It gives what Go's `proto.Unmarshal` and the `protomap` of opa-envoy-plugin give: lowerCamel
 * names; scalars only where they differ from their default, except members of oneofs; enums and int64 as numbers; bytes
 * in Base64; Struct as the JSON it stands for, other well-known types as the messages they are. The last scalar wins,
 * sub-messages merge, the last entry of a map wins, the last member of a oneof wins, unknown fields are stepped over.
 *
 * Stricter than Go: a known field with another wire type, groups, and what `readStruct` refuses are errors. The function
 * throws `invalid_request`, `json_duplicate_key`, `json_invalid` or `json_too_deep`, and says in which field.
 *
 * Compiling throws `internal` for kinds of fields that no message here has: floats, fixed widths, lists of scalars, bytes
 * that are told from none when they are empty, maps of anything but text to text or messages.
 */
export function compileMessage(
  message: DescMessage,
): (bytes: Uint8Array, options: ReadOptions) => JsonObject {
  const table = tableOf(message, new Map());
  return (bytes, options) => {
    const reading: Reading = { reader: new WireReader(bytes), options, path: [], leaf: '' };
    const document = emptyObject();
    try {
      readMessage(reading, table, document);
    } catch (thrown) {
      throw located(reading, thrown);
    }
    return document;
  };
}

interface FieldRow {
  readonly name: string;
  readonly tag: number;
  read(reading: Reading, target: JsonObject): void;
}

/** By field number. */
type Table = (FieldRow | undefined)[];

type FieldOf<Kind extends DescField['fieldKind']> = DescField & { readonly fieldKind: Kind };

/** Reads the message that the reader is in, to its end. */
function readMessage(reading: Reading, table: Table, target: JsonObject): void {
  const { reader } = reading;
  checkDepth(reading, reading.path.length);
  for (let tag = reader.next(); tag !== 0; tag = reader.next()) {
    const number = tag >>> 3;
    const row = number < table.length ? table[number] : undefined;
    if (row === undefined) {
      reader.skip(tag);
      continue;
    }
    reading.leaf = row.name;
    if (row.tag !== tag) throw malformed(`a field has wire type ${tag % 8} instead of ${row.tag % 8}`);
    row.read(reading, target);
    reading.leaf = '';
  }
}

/** Refuses an object or array that has `depth` others around it. */
function checkDepth({ options }: Reading, depth: number): void {
  if (depth < options.maxDepth) return;
  throw new PortcullisError('json_too_deep', 'The message nests deeper than the limit');
}

/** Reads the message that is the reader's field. */
function readField(reading: Reading, name: string, table: Table, target: JsonObject): void {
  reading.path.push(name);
  reading.leaf = '';
  const outer = reading.reader.enter();
  readMessage(reading, table, target);
  reading.reader.leave(outer);
  reading.path.pop();
}

/** `tables` holds those that are made already, or being made: a message may hold itself. */
function tableOf(message: DescMessage, tables: Map<DescMessage, Table>): Table {
  const known = tables.get(message);
  if (known !== undefined) return known;
  const table: Table = [];
  tables.set(message, table);
  for (const field of message.fields) {
    while (table.length <= field.number) table.push(undefined);
    table[field.number] = rowOf(field, tables);
  }
  return table;
}

function rowOf(field: DescField, tables: Map<DescMessage, Table>): FieldRow {
  switch (field.fieldKind) {
    case 'scalar':
    case 'enum':
      return field.scalar === ScalarType.BYTES ? bytesRow(field) : scalarRow(field);
    case 'message':
      if (isStruct(field.message)) throw unsupported(field);
      return messageRow(field, tableOf(field.message, tables));
    case 'list':
      if (field.listKind !== 'message' || isStruct(field.message)) throw unsupported(field);
      return listRow(field, tableOf(field.message, tables));
    case 'map':
      return mapRow(field, tables);
    default:
      throw unsupported(field);
  }
}

function scalarRow(field: FieldOf<'scalar' | 'enum'>): FieldRow {
  const name = field.jsonName;
  const readScalar = scalarReader(field);
  const hasPresence = field.presence !== FeatureSet_FieldPresence.IMPLICIT;
  const rivals = rivalsOf(field);
  return {
    name,
    tag: fieldTag(field.number, scalarWireType(field)),
    read: ({ reader }, target) => {
      const value = readScalar(reader);
      for (const rival of rivals) delete target[rival];
      if (hasPresence || !isDefault(value)) target[name] = value;
      else delete target[name];
    },
  };
}

function bytesRow(field: FieldOf<'scalar'>): FieldRow {
  const name = field.jsonName;
  if (field.presence !== FeatureSet_FieldPresence.IMPLICIT) throw unsupported(field);
  return {
    name,
    tag: fieldTag(field.number, LENGTH_DELIMITED),
    read: ({ reader, options }, target) => {
      const bytes = reader.bytes();
      options.onBytes?.(field, bytes);
      if (bytes.byteLength > 0) setBytes(target, name, bytes);
      else delete target[name];
    },
  };
}

function messageRow(field: FieldOf<'message'>, table: Table): FieldRow {
  const name = field.jsonName;
  const rivals = rivalsOf(field);
  return {
    name,
    tag: fieldTag(field.number, LENGTH_DELIMITED),
    read: (reading, target) => {
      for (const rival of rivals) delete target[rival];
      readField(reading, name, table, (target[name] ??= emptyObject()) as JsonObject);
    },
  };
}

function listRow(field: FieldOf<'list'>, table: Table): FieldRow {
  const name = field.jsonName;
  return {
    name,
    tag: fieldTag(field.number, LENGTH_DELIMITED),
    read: (reading, target) => {
      const list = (target[name] ??= []) as JsonValue[];
      const element = emptyObject();
      reading.path.push(name);
      readField(reading, String(list.length), table, element);
      reading.path.pop();
      list.push(element);
    },
  };
}

function mapRow(field: FieldOf<'map'>, tables: Map<DescMessage, Table>): FieldRow {
  const name = field.jsonName;
  if (field.mapKey !== ScalarType.STRING) throw unsupported(field);
  const readEntry = entryReader(field, tables);
  return {
    name,
    tag: fieldTag(field.number, LENGTH_DELIMITED),
    read: (reading, target) => {
      checkDepth(reading, reading.path.length + 1);
      const map = (target[name] ??= emptyObject()) as JsonObject;
      const outer = reading.reader.enter();
      readEntry(reading, map);
      reading.reader.leave(outer);
    },
  };
}

function entryReader(field: FieldOf<'map'>, tables: Map<DescMessage, Table>): ReadEntry {
  if (field.mapKind === 'scalar' && field.scalar === ScalarType.STRING) return readTextEntry;
  if (field.mapKind !== 'message') throw unsupported(field);
  if (isStruct(field.message)) return messageEntryReader(field.jsonName, readStructValue);
  const table = tableOf(field.message, tables);
  return messageEntryReader(field.jsonName, (reading, bytes) => {
    const { reader } = reading;
    const value = emptyObject();
    reading.reader = new WireReader(bytes);
    readMessage(reading, table, value);
    reading.reader = reader;
    return value;
  });
}

/** The other members of a field's oneof, which it replaces. */
function rivalsOf(field: DescField): readonly string[] {
  const members = field.oneof?.fields ?? [];
  return members.filter((member) => member !== field).map((member) => member.jsonName);
}

const isStruct = (message: DescMessage): boolean => message.typeName === StructSchema.typeName;
