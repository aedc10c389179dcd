import type { RegoObject, RegoValue } from '../value.ts';

/**
 * A document in which the value at a path is another one, for `with input.a.b as …`. Objects on the way are copied, and made where there are
 * none or where something else stands (v1/topdown/input.go); the document itself stays as it is.
 * @param path at least one key
 */
export function upsert(
  document: RegoValue | undefined,
  path: readonly string[],
  value: RegoValue,
): RegoObject {
  const root: RegoObject = copied(document);
  let object = root;
  for (const key of path.slice(0, -1)) {
    const child = copied(object.get(key));
    object.set(key, child);
    object = child;
  }
  object.set(path.at(-1) as string, value);
  return root;
}

function copied(value: RegoValue | undefined): RegoObject {
  return value instanceof Map ? new Map(value) : new Map();
}
