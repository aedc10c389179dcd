import { create, type DescField, toJson } from '@bufbuild/protobuf';
import { isReflectMessage, type ReflectMessage } from '@bufbuild/protobuf/reflect';
import { type Struct, StructSchema } from '@bufbuild/protobuf/wkt';
import type { JsonObject, JsonValue } from '../../src/json/value.ts';

/** What a decoded message says, by Go's `Message.Range` and the `protomap` of opa-envoy-plugin: only what is set, Struct as JSON. */
export function plainMessage(message: ReflectMessage): JsonValue {
  if (message.desc.typeName === StructSchema.typeName) {
    return toJson(StructSchema, create(StructSchema, message.message as Struct)) as JsonObject;
  }
  const entries = message.fields
    .filter((field) => message.isSet(field))
    .map((field): [string, JsonValue] => [field.jsonName, plainField(message, field)]);
  return Object.fromEntries(entries);
}

function plainField(message: ReflectMessage, field: DescField): JsonValue {
  if (field.fieldKind === 'list') return [...message.get(field)].map((value) => plainValue(value));
  if (field.fieldKind === 'map') {
    const entries = [...message.get(field)];
    return Object.fromEntries(entries.map(([key, value]) => [String(key), plainValue(value)]));
  }
  return plainValue(message.get(field));
}

function plainValue(value: unknown): JsonValue {
  if (typeof value === 'bigint') return JSON.rawJSON(value.toString());
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  return isReflectMessage(value) ? plainMessage(value) : (value as JsonValue);
}
