/**
 * JSON in memory without loss: a number whose text a double would not give back (`1.0`, `1e3`, 20 digits) is a
 * RawJson made by `JSON.rawJSON`, which `JSON.stringify` writes as it was read. Objects have no prototype, so a key
 * such as `__proto__` is a key.
 */
export interface RawJson {
  readonly rawJSON: string;
}

export type JsonValue = null | boolean | number | string | RawJson | JsonValue[] | JsonObject;

export interface JsonObject {
  [key: string]: JsonValue;
}

/** Whether a value is an object: neither null, nor an array, nor a number that keeps its text. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !JSON.isRawJSON(value);
}
