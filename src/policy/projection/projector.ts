import { Buffer } from 'node:buffer';
import { parseJson } from '../../json/parse.ts';
import type { JsonValue } from '../../json/value.ts';
import { type ReadTree, WHOLE } from '../plan/footprint.ts';
import { keyText, NO_DOCUMENT_KEY } from './key-text.ts';
import type { Projection, Projector } from './projection.ts';
import { resolveTree } from './resolve-tree.ts';
import { canScan, type TextLimits } from './scan-source.ts';
import { scanText } from './scan-text.ts';
import { type ScanTree, scanTree } from './scan-tree.ts';
import { seenText } from './seen-text.ts';

/**
 * The projected document as canonical JSON is both the key and what is evaluated: equal keys are then equal inputs by
 * construction. Each is made when it is asked for, and once: a hit needs no bytes.
 */
class TextProjection implements Projection {
  readonly #text: string;
  #key: string | undefined;
  #json: Uint8Array | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  get key(): string {
    return (this.#key ??= keyText(this.#text));
  }

  get json(): Uint8Array {
    return (this.#json ??= Buffer.from(this.#text, 'utf8'));
  }
}

const NO_DOCUMENT: Projection = Object.freeze({ key: NO_DOCUMENT_KEY, json: undefined });

/** Compiles a tree. */
export function compileProjector(tree: ReadTree): Projector {
  const resolved = resolveTree(tree);
  let scan: ScanTree | undefined;
  return {
    tree,
    project: (document: JsonValue | undefined) =>
      document === undefined ? NO_DOCUMENT : new TextProjection(seenText(resolved, document)),
    projectText: (text: Uint8Array, limits: TextLimits) => {
      if (!canScan(text, limits)) return new TextProjection(seenText(resolved, parseJson(text, limits)));
      return new TextProjection(scanText((scan ??= scanTree(resolved)), text, limits));
    },
  };
}

/** Lets everything through. */
export const WHOLE_PROJECTOR: Projector = compileProjector(WHOLE);
