import { parseYaml } from '../bundle/yaml.ts';
import { PortcullisError } from '../errors.ts';
import { decodeText } from '../json/decode-text.ts';
import { checkVectors, type DecisionVector } from '../policy/vector-format.ts';
import type { SourceFile } from './sources.ts';

/**
 * Reads the decision vectors that authors write as YAML. Names are unique over all files, and only entrypoints that the
 * bundle declares can be asked. Throws PortcullisError `bundle_vectors_invalid`, naming file, vector and place.
 */
export function loadVectors(files: readonly SourceFile[], entrypoints: readonly string[]): DecisionVector[] {
  const vectors: DecisionVector[] = [];
  const seen = new Map<string, string>();
  const problems: string[] = [];
  for (const source of files) {
    for (const vector of checkVectors(read(source), source.file)) {
      const other = seen.get(vector.name);
      if (other !== undefined)
        problems.push(`${source.file}: “${vector.name}”: the name stands in ${other} too`);
      seen.set(vector.name, source.file);
      if (!entrypoints.includes(vector.entrypoint)) {
        problems.push(
          `${source.file}: “${vector.name}”: ${vector.entrypoint} is not an entrypoint; there are: ${entrypoints.join(', ')}`,
        );
      }
      vectors.push(vector);
    }
  }
  if (problems.length > 0) throw new PortcullisError('bundle_vectors_invalid', problems.join('\n'));
  return vectors;
}

function read(source: SourceFile): ReturnType<typeof parseYaml> {
  try {
    return parseYaml(decodeText(source.bytes, { stripBom: true }));
  } catch (cause) {
    throw new PortcullisError('bundle_vectors_invalid', `${source.file}: ${(cause as Error).message}`, {
      cause,
    });
  }
}
