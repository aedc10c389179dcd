/** Reads the configuration file: YAML 1.2 with the place of every value. */
import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  parseDocument,
  visit,
} from 'yaml';
import { toPortcullisError } from '../errors.ts';
import type { ConfigPath } from './mistake.ts';

/** A place in the file, counted from one. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A mistake that makes the file unreadable as YAML. */
export interface YamlMistake {
  readonly position: Position;
  readonly message: string;
}

export interface YamlFile {
  /** What is written; an empty file is an empty map. */
  readonly written: unknown;
  readonly mistakes: readonly YamlMistake[];
  /** Where a place is, or the nearest place above it that exists. */
  position(path: ConfigPath): Position;
}

/** Never throws: what is wrong is in `mistakes`, and `written` is then an empty map. */
export function readYaml(text: string): YamlFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true });
  const place = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const position = (path: ConfigPath): Position => place(offsetOf(document, path));
  const mistakes = [...document.errors, ...document.warnings].map((error) => ({
    position: place(error.pos[0]),
    message: error.message,
  }));
  mistakes.push(
    ...prototypeKeys(document).map((offset) => ({
      position: place(offset),
      message: '__proto__ cannot be a key',
    })),
  );
  if (mistakes.length > 0) return { written: {}, mistakes, position };
  try {
    return {
      written: document.contents === null ? {} : document.toJS({ maxAliasCount: 100 }),
      mistakes,
      position,
    };
  } catch (thrown) {
    // Aliases that multiply beyond the limit.
    const message = toPortcullisError(thrown, 'config_invalid').message;
    return { written: {}, mistakes: [{ position: place(0), message }], position };
  }
}

/** Offsets of `__proto__` keys, which no later check would see. */
function prototypeKeys(document: Document): number[] {
  const offsets: number[] = [];
  visit(document, {
    Pair: (_, pair) => {
      if (keyOf(pair) === '__proto__') offsets.push(startOf(pair.key));
    },
  });
  return offsets;
}

/** The offset of the key that names a place, or of the item in a list. */
function offsetOf(document: Document, path: ConfigPath): number {
  let node: unknown = document.contents;
  let offset = startOf(node);
  for (const step of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = node.items.find((item) => keyOf(item) === String(step));
      if (pair === undefined) return offset;
      offset = startOf(pair.key);
      node = pair.value;
    } else {
      node = isSeq(node) && typeof step === 'number' ? node.items[step] : undefined;
      if (node === undefined) return offset;
      offset = startOf(node);
    }
  }
  return offset;
}

function keyOf(pair: Pair): string | undefined {
  return isScalar(pair.key) ? String(pair.key.value) : undefined;
}

function startOf(node: unknown): number {
  return isNode(node) ? (node.range?.[0] ?? 0) : 0;
}
