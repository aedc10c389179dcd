import { isJsonObject, type JsonObject, type JsonValue } from '../../json/value.ts';

/** What stands at a path; undefined where nothing does. */
export function partAt(document: JsonValue | undefined, path: readonly string[]): JsonValue | undefined {
  let part = document;
  for (const key of path) {
    if (Array.isArray(part)) part = part[Number(key)];
    else if (isJsonObject(part) && Object.hasOwn(part, key)) part = part[key];
    else return undefined;
  }
  return part;
}

/**
 * The document with another value at a path; undefined takes away what is there. Objects are made on the way, in the place of whatever
 * else stands there.
 */
export function withPart(
  document: JsonValue | undefined,
  [key, ...rest]: readonly string[],
  value: JsonValue | undefined,
): JsonValue | undefined {
  if (key === undefined) return value;
  if (Array.isArray(document) && /^\d{1,4}$/.test(key)) {
    const index = Number(key);
    const changed = withPart(document[index], rest, value);
    if (changed === undefined) return document.filter((_, at) => at !== index);
    return index < document.length
      ? document.map((element, at) => (at === index ? changed : element))
      : [...document, changed];
  }
  const object: JsonObject = Object.assign(emptyObject(), isJsonObject(document) ? document : {});
  if (value === undefined && !Object.hasOwn(object, key)) return document;
  const changed = withPart(object[key], rest, value);
  if (changed === undefined) delete object[key];
  else object[key] = changed;
  return object;
}

/** The paths of all leaves and empty containers, in the document's order, at most so many. */
export function leafPaths(document: JsonValue | undefined, max: number): string[][] {
  const paths: string[][] = [];
  const walk = (value: JsonValue | undefined, path: string[]): void => {
    if (paths.length >= max) return;
    const members = Array.isArray(value) || isJsonObject(value) ? Object.entries(value) : [];
    if (members.length === 0) paths.push(path);
    for (const [key, member] of members) walk(member, [...path, key]);
  };
  if (document !== undefined) walk(document, []);
  return paths;
}

/** The document with keys that nobody reads in each of its objects. */
export function withNoise(document: JsonValue, key: string, value: JsonValue): JsonValue {
  if (Array.isArray(document)) return document.map((element) => withNoise(element, key, value));
  if (!isJsonObject(document)) return document;
  const object = emptyObject();
  object[key] = value;
  for (const [name, member] of Object.entries(document)) object[name] = withNoise(member, key, value);
  return object;
}

/** An object in which `__proto__` is a key. */
const emptyObject = (): JsonObject => Object.create(null) as JsonObject;
