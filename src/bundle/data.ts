import { PortcullisError } from '../errors.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../json/value.ts';
import type { BundleFile } from './bundle.ts';
import { folderOf, isDataFile } from './file-names.ts';
import { parseStructured } from './structured.ts';

/**
 * Merges the data files of a bundle: the folder of each is the path of its value, objects meet member by member, and any
 * other meeting is a conflict, equal values too, as in OPA. Throws `bundle_data_invalid`, `bundle_data_conflict`.
 */
export function mergeData(files: readonly BundleFile[]): JsonObject {
  let data: JsonValue | undefined;
  for (const file of files) {
    if (!isDataFile(file.path)) continue;
    data = data === undefined ? placed(file) : merge(data, placed(file), [], file.path);
  }
  return (data ?? Object.create(null)) as JsonObject;
}

/** The value of a data file under the segments of its folder. */
function placed(file: BundleFile): JsonValue {
  const value = parseStructured(file);
  // OPA drops dots and slashes at the beginning, and a hidden folder with them.
  const folder = folderOf(file.path).replace(/^[./]+/, '');
  if (folder === '') {
    if (isJsonObject(value)) return value;
    throw new PortcullisError('bundle_data_invalid', `${file.path}: the data at the root must be an object`);
  }
  return folder.split('/').reduceRight<JsonValue>((child, segment) => {
    const parent = Object.create(null) as JsonObject;
    parent[segment] = child;
    return parent;
  }, value);
}

/** Values that were parsed are shared, so that objects are copied before anything is added to them. */
function merge(left: JsonValue, right: JsonValue, path: readonly string[], file: string): JsonValue {
  if (!isJsonObject(left) || !isJsonObject(right)) {
    throw new PortcullisError(
      'bundle_data_conflict',
      `${file}: the data at /${path.join('/')} is defined twice`,
    );
  }
  const merged = Object.assign(Object.create(null) as JsonObject, left);
  for (const [key, value] of Object.entries(right)) {
    const existing = merged[key];
    merged[key] = existing === undefined ? value : merge(existing, value, [...path, key], file);
  }
  return merged;
}
