import { PortcullisError, toPortcullisError } from '../errors.ts';
import { canonicalJson } from '../json/canonical.ts';
import { canonicalString } from '../json/canonical-string.ts';
import { ANY_DEPTH, parseJson } from '../json/parse.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../json/value.ts';
import type { BundleFile } from './bundle.ts';
import { folderOf, isDataFile } from './file-names.ts';
import { canonicalData, parseStructured } from './structured.ts';

/** The data of a bundle: canonical JSON, of which values are made for those who need them. */
export class BundleData {
  /** In UTF-8. */
  readonly json: Uint8Array;
  /** Collected when nobody has it any more: a snapshot holds its bundles for long. */
  #document: WeakRef<JsonObject> | undefined;

  /** `document` is the value of `json`, where it is there already. */
  constructor(json: Uint8Array, document?: JsonObject) {
    this.json = json;
    if (document !== undefined) this.#document = new WeakRef(document);
  }

  /** Never changed. Throws `bundle_data_invalid` where the engine cannot hold it: millions of members in one object, folders that nest too deeply. */
  get document(): JsonObject {
    const known = this.#document?.deref();
    if (known !== undefined) return known;
    const made = valuesOf(this.json);
    this.#document = new WeakRef(made);
    return made;
  }

  get isEmpty(): boolean {
    return this.json.length === '{}'.length;
  }
}

function valuesOf(json: Uint8Array): JsonObject {
  try {
    // How deep data files nest is checked when they are read, and an operator may allow paths of any length.
    return parseJson(json, { maxDepth: ANY_DEPTH }) as JsonObject;
  } catch (error) {
    const { message } = toPortcullisError(error);
    throw new PortcullisError('bundle_data_invalid', `no values can be made of the data: ${message}`, {
      cause: error,
    });
  }
}

/** The data files of a bundle, merged as {@link mergeData} does. One file alone, which may be large, becomes no values. */
export function bundleData(files: readonly BundleFile[]): BundleData {
  const [file, ...others] = files.filter(({ path }) => isDataFile(path));
  const json = file === undefined || others.length > 0 ? undefined : placedText(file);
  if (json !== undefined) return new BundleData(json);
  const document = mergeData(files);
  return new BundleData(Buffer.from(canonicalJson(document)), document);
}

/** The canonical text of a data file under the segments of its folder; undefined where values tell more. */
function placedText(file: BundleFile): Uint8Array | undefined {
  const text = canonicalData(file);
  const segments = segmentsOf(file);
  if (text === undefined || segments.length === 0) return text?.[0] === OPEN_BRACE ? text : undefined;
  const head = segments.map((segment) => `{${canonicalString(segment)}:`).join('');
  return Buffer.concat([Buffer.from(head), text, Buffer.from('}'.repeat(segments.length))]);
}

const OPEN_BRACE = 0x7b;

/** OPA drops dots and slashes at the beginning, and a hidden folder with them. */
function segmentsOf({ path }: BundleFile): readonly string[] {
  const folder = folderOf(path).replace(/^[./]+/, '');
  return folder === '' ? [] : folder.split('/');
}

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
  const segments = segmentsOf(file);
  if (segments.length === 0) {
    if (isJsonObject(value)) return value;
    throw new PortcullisError('bundle_data_invalid', `${file.path}: the data at the root must be an object`);
  }
  return segments.reduceRight<JsonValue>((child, segment) => {
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
