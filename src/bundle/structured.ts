import { isUtf8 } from 'node:buffer';
import { PortcullisError, toPortcullisError } from '../errors.ts';
import { canonicalBytes } from '../json/canonical-bytes.ts';
import { parseJson } from '../json/parse.ts';
import type { JsonValue } from '../json/value.ts';
import type { BundleFile } from './bundle.ts';
import { baseName, isYamlDataFile, MANIFEST_FILE } from './file-names.ts';
import { parseYaml } from './yaml.ts';

/** Values read already: verifying and loading want the same ones, and data files can be large. They are never changed. */
const parsed = new WeakMap<BundleFile, JsonValue>();

/**
 * The value of a manifest or data file, as OPA reads it: a leading byte order mark is dropped, and a YAML file that is
 * JSON is read as JSON. Throws `bundle_manifest_invalid` or `bundle_data_invalid`, naming file and place.
 */
export function parseStructured(file: BundleFile): JsonValue {
  const known = parsed.get(file);
  if (known !== undefined) return known;
  const value = parse(file);
  parsed.set(file, value);
  return value;
}

/** Made already, as above; undefined where values have to be made. */
const canonical = new WeakMap<BundleFile, Uint8Array | undefined>();

/** The canonical text of what `parseStructured` gives for a data file, made without values; undefined where that cannot be, and for what is refused. */
export function canonicalData(file: BundleFile): Uint8Array | undefined {
  if (!canonical.has(file)) canonical.set(file, canonicalBytes(file.bytes));
  return canonical.get(file);
}

function parse(file: BundleFile): JsonValue {
  try {
    return parseJson(file.bytes, { stripBom: true });
  } catch (jsonError) {
    const code = baseName(file.path) === MANIFEST_FILE ? 'bundle_manifest_invalid' : 'bundle_data_invalid';
    // A duplicate key or too deep a document is not mended by reading it as YAML.
    const isText = isUtf8(file.bytes);
    const mayBeYaml =
      isYamlDataFile(file.path) && isText && toPortcullisError(jsonError).code === 'json_invalid';
    try {
      if (!mayBeYaml) throw jsonError;
      return parseYaml(new TextDecoder().decode(file.bytes));
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      throw new PortcullisError(code, `${file.path}: ${problem}`, { cause: error });
    }
  }
}
