import { Buffer } from 'node:buffer';
import { hash } from 'node:crypto';
import type { JsonValue } from '../../json/value.ts';
import { type ReadTree, WHOLE } from '../plan/footprint.ts';
import { projectedText } from './projected-text.ts';
import type { Projection, Projector } from './projection.ts';

/** Longer projections enter keys as their SHA-256: the cache then holds 44 characters instead of kilobytes. */
const MAX_VERBATIM_CHARACTERS = 128;

/** The canonical text as both the key and what is evaluated: equal keys are then equal inputs by construction. */
class TextProjection implements Projection {
  readonly #text: string;
  constructor(text: string) {
    this.#text = text;
  }
  /** The first character is the type: `j` verbatim, `h` hashed. */
  get key(): string {
    return this.#text.length <= MAX_VERBATIM_CHARACTERS
      ? `j${this.#text}`
      : `h${hash('sha256', this.#text, 'base64url')}`;
  }
  get json(): Uint8Array {
    return Buffer.from(this.#text, 'utf8');
  }
}

const NO_DOCUMENT: Projection = { key: 'n', json: undefined };

/** Compiles a tree. */
export function compileProjector(tree: ReadTree): Projector {
  return {
    tree,
    project: (document: JsonValue | undefined) =>
      document === undefined ? NO_DOCUMENT : new TextProjection(projectedText(tree, document)),
  };
}

/** Lets everything through. */
export const WHOLE_PROJECTOR: Projector = compileProjector(WHOLE);
