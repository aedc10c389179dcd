import { type Document, parseAllDocuments } from 'yaml';
import { aliasTargets } from '../../bundle/yaml-anchors.ts';
import { PortcullisError } from '../../errors.ts';
import type { RegoValue } from '../value.ts';
import { type Builtin, BuiltinError } from './builtin.ts';
import { stringOperand } from './operands.ts';
import { YamlDecoder } from './yaml-decode.ts';
import { YamlError } from './yaml-error.ts';
import { marshalYaml } from './yaml-marshal.ts';
import { refuseLenient } from './yaml-stricter.ts';

/** `yaml.*` as OPA's internal/yaml, which reads and writes by go-yaml v3. */
export const yamlBuiltins: readonly Builtin[] = [
  {
    name: 'yaml.is_valid',
    effects: [],
    call: (_context, text) => typeof text === 'string' && isValid(text),
  },
  { name: 'yaml.marshal', effects: [], call: (_context, value) => marshalYaml(value) },
  { name: 'yaml.unmarshal', effects: [], call: (_context, text) => unmarshal(stringOperand(text, 1)) },
];

/** What go-yaml's reader takes; the first character may be a byte order mark. */
const REFUSED = /[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

const MAX_DEPTH = 1_000;

function isValid(text: string): boolean {
  try {
    parseYaml(text);
    return true;
  } catch (error) {
    if (error instanceof YamlError) return false;
    throw error;
  }
}

function unmarshal(text: string): RegoValue {
  try {
    return parseYaml(text);
  } catch (error) {
    if (error instanceof YamlError) throw new BuiltinError(`yaml: ${error.message}`, { cause: error });
    throw error;
  }
}

/** The first document; the others must be YAML as well. */
function parseYaml(text: string): RegoValue {
  if (REFUSED.test(text)) throw new YamlError('control characters are not allowed');
  refuseLenient(text);
  // Every scalar as its text: what numbers and words mean is for go-yaml's rules to say.
  const documents = parseAllDocuments(text, { schema: 'failsafe', version: '1.2', uniqueKeys: false });
  if (!Array.isArray(documents) || documents.length === 0) return null;
  const values = documents.map((document) => read(document, text));
  return values[0]!();
}

/** Checks a document; what is given back decodes it. */
function read(document: Document.Parsed, text: string): () => RegoValue {
  const warning = document.warnings.find(({ code }) => code !== 'TAG_RESOLVE_FAILED');
  const problem = document.errors[0] ?? warning;
  if (problem !== undefined && /call stack/.test(problem.message)) {
    throw new BuiltinError('the YAML is nested too deeply', { cause: problem });
  }
  if (problem !== undefined) throw new YamlError(problem.message.split('\n')[0]);
  const decoder = new YamlDecoder(
    text,
    ofBundle(() => aliasTargets(document.contents, MAX_DEPTH)),
  );
  return () => ofBundle(() => decoder.value(document.contents));
}

/** What the reader of bundles cannot tell has no answer; that an alias has no anchor, go-yaml says as well. */
function ofBundle<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof PortcullisError && /without an anchor/.test(error.message)) {
      throw new YamlError('unknown anchor referenced', { cause: error });
    }
    if (error instanceof PortcullisError) throw new BuiltinError(error.message, { cause: error });
    throw error;
  }
}
