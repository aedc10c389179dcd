import { type DescField, type DescMessage, toJson } from '@bufbuild/protobuf';
import type { ReflectList, ReflectMap, ReflectMessage } from '@bufbuild/protobuf/reflect';
import { FeatureSet_FieldPresence } from '@bufbuild/protobuf/wkt';
import { PortcullisError } from '../../../errors.ts';
import type { JsonObject, JsonValue } from '../../../json/value.ts';
import { emptyObject } from '../request/reading.ts';
import { decodeMessage } from './proto-decode.ts';
import { enumJson, scalarJson } from './proto-scalar.ts';
import type { MessageBudget } from './proto-wire.ts';

export interface ProtoJsonOptions {
  /** Finds the types of `google.protobuf.Any`. */
  readonly getMessage: (typeName: string) => DescMessage | undefined;
  /** Arrays and objects inside each other, at most. */
  readonly maxDepth: number;
  /** What the message was decoded with. */
  readonly budget: MessageBudget;
}

/** How deep arrays and objects may still go, and whether required fields may be missing, as they may inside of an Any. */
interface Place {
  readonly options: ProtoJsonOptions;
  readonly depthLeft: number;
  readonly mayBePartial: boolean;
}

type Write = (message: ReflectMessage, place: Place) => JsonValue;

/**
 * A message as Go's `protojson.Marshal` writes it (https://protobuf.dev/programming-guides/json/): lowerCamel names,
 * fields that are set, enums by name, 64-bit integers and NaN as strings, bytes in Base64, well-known types by rules of
 * their own, unknown fields and extensions left out. Numbers have Go's text, floats the shortest that is the same float.
 * Null prototypes. Throws `invalid_request`, `json_too_deep`, and what the runtime throws.
 *
 * The runtime's `toJson` fails nine rows of the tables in grpc-body.test.ts, most of which are the plugin's answers: text
 * of doubles (`-0`) and floats, also in lists and wrappers, Empty in an Any, odd field masks, an Any without a type, required
 * fields missing inside of one, depth. Floats and depth alone need the descriptors walked again behind it.
 */
export function protoJson(message: ReflectMessage, options: ProtoJsonOptions): JsonValue {
  return writeMessage(message, { options, depthLeft: options.maxDepth, mayBePartial: false });
}

function writeMessage(message: ReflectMessage, place: Place): JsonValue {
  return (WELL_KNOWN.get(message.desc.typeName) ?? writeFields)(message, place);
}

function writeFields(message: ReflectMessage, place: Place): JsonObject {
  const inner = inside(place);
  const object = emptyObject();
  for (const field of message.fields) {
    if (message.isSet(field)) {
      object[field.jsonName] = writeField(message, field, inner);
    } else if (field.presence === FeatureSet_FieldPresence.LEGACY_REQUIRED && !place.mayBePartial) {
      throw unwritable(`the required field ${field.name} of ${message.desc.typeName} is missing`);
    }
  }
  return object;
}

/** `place` is where the field's value stands. */
function writeField(message: ReflectMessage, field: DescField, place: Place): JsonValue {
  const value = message.get(field);
  if (field.fieldKind === 'list') {
    const inner = inside(place);
    return Array.from(value as ReflectList, (item) => writeSingular(item, field, inner));
  }
  if (field.fieldKind === 'map') {
    const inner = inside(place);
    const object = emptyObject();
    for (const [key, item] of value as ReflectMap) object[String(key)] = writeSingular(item, field, inner);
    return object;
  }
  return writeSingular(value, field, place);
}

function writeSingular(value: unknown, field: DescField, place: Place): JsonValue {
  if (field.message !== undefined) return writeMessage(value as ReflectMessage, place);
  if (field.enum !== undefined) return enumJson(value as number, field.enum);
  return scalarJson(value, field.scalar);
}

const WELL_KNOWN: ReadonlyMap<string, Write> = new Map<string, Write>([
  ['google.protobuf.Any', writeAny],
  ['google.protobuf.Timestamp', writeText],
  ['google.protobuf.Duration', writeText],
  ['google.protobuf.FieldMask', writeFieldMask],
  ['google.protobuf.Struct', writeOnlyField],
  ['google.protobuf.ListValue', writeOnlyField],
  ['google.protobuf.Value', writeValue],
  ...['Bool', 'Int32', 'Int64', 'UInt32', 'UInt64', 'Float', 'Double', 'String', 'Bytes'].map(
    (kind): [string, Write] => [`google.protobuf.${kind}Value`, writeOnlyField],
  ),
]);

function writeText({ desc, message }: ReflectMessage): JsonValue {
  return toJson(desc, message) as string;
}

const FIELD_PATH = /^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*$/;

function writeFieldMask(mask: ReflectMessage): JsonValue {
  const { paths } = mask.message as unknown as { paths: readonly string[] };
  if (paths.some((path) => !FIELD_PATH.test(path))) {
    throw unwritable('a path of a google.protobuf.FieldMask names no field');
  }
  return writeText(mask);
}

/** A wrapper, a Struct, a list: what its one field holds, also when that is not set. */
function writeOnlyField(message: ReflectMessage, place: Place): JsonValue {
  return writeField(message, message.fields[0] as DescField, place);
}

function writeValue(value: ReflectMessage, place: Place): JsonValue {
  const field = value.fields.find((candidate) => value.isSet(candidate));
  if (field === undefined) throw unwritable('a google.protobuf.Value is empty');
  const json = writeField(value, field, place);
  if (field.name === 'number_value' && typeof json === 'string') {
    throw unwritable('a google.protobuf.Value is not finite');
  }
  return json;
}

/** The fields of the type beside `@type`, or `value` for a well-known type. */
function writeAny(any: ReflectMessage, place: Place): JsonValue {
  const { typeUrl, value } = any.message as unknown as { typeUrl: string; value: Uint8Array };
  const inner = { ...inside(place), mayBePartial: true };
  if (typeUrl === '') {
    if (value.byteLength > 0) throw unwritable('a google.protobuf.Any names no type');
    return emptyObject();
  }
  const desc = place.options.getMessage(typeUrl.slice(typeUrl.lastIndexOf('/') + 1));
  if (desc === undefined) throw unwritable('the type of a google.protobuf.Any is not in the descriptor set');
  const message = decodeMessage(desc, value, inner.depthLeft, place.options.budget);
  const isWellKnown = WELL_KNOWN.has(desc.typeName) || desc.typeName === 'google.protobuf.Empty';
  const object = isWellKnown ? emptyObject() : writeFields(message, { ...place, mayBePartial: true });
  if (isWellKnown) object['value'] = writeMessage(message, inner);
  object['@type'] = typeUrl;
  return object;
}

/** Inside of an array or object at `place`. */
function inside(place: Place): Place {
  if (place.depthLeft <= 0) {
    throw new PortcullisError('json_too_deep', 'The gRPC message nests deeper than the limit');
  }
  return { ...place, depthLeft: place.depthLeft - 1 };
}

function unwritable(problem: string): PortcullisError {
  return new PortcullisError('invalid_request', `The gRPC message has no JSON: ${problem}`);
}
