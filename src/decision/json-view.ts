import { hash } from 'node:crypto';
import { canonicalJson } from '../json/canonical.ts';
import { parseJson } from '../json/parse.ts';
import type { JsonValue } from '../json/value.ts';
import type { Footprint } from '../policy/plan/footprint.ts';
import type { InputView, Projection } from './input-view.ts';

/** How large and how deep an input may be. */
export interface InputLimits {
  readonly maxBytes: number;
  readonly maxDepth: number;
}

/** Longer projections enter keys as their SHA-256: the cache then holds 44 characters instead of kilobytes. */
const MAX_VERBATIM_CHARACTERS = 128;

/** The canonical text as both the key and what is evaluated: equal keys are then equal inputs by construction. */
class CanonicalProjection implements Projection {
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

const NO_INPUT: Projection = { key: 'n', json: undefined };

/** The projection that is the whole of a document; undefined for no document. */
export function wholeProjection(document: JsonValue | undefined): Projection {
  return document === undefined ? NO_INPUT : new CanonicalProjection(canonicalJson(document));
}

/**
 * A view over a JSON document that is built at most once, from what arrived in `sizeBytes`. `build` gives undefined for
 * no input document, and may throw. What it was built from is let go: logs hold on to views.
 */
export function jsonValueView(build: () => JsonValue | undefined, sizeBytes: number): InputView {
  let source: (() => JsonValue | undefined) | undefined = build;
  let value: JsonValue | undefined;
  const document = (): JsonValue | undefined => {
    if (source !== undefined) {
      value = source();
      source = undefined;
    }
    return value;
  };
  return {
    sizeBytes,
    project(_footprint: Footprint): Projection {
      return wholeProjection(document());
    },
    document,
  };
}

/** A view over JSON text in UTF-8. Empty bytes are invalid JSON, not a missing input. */
export function jsonBytesView(bytes: Uint8Array, limits: InputLimits): InputView {
  return jsonValueView(() => parseJson(bytes, limits), bytes.byteLength);
}

/** No input document at all: `input` is undefined in the policy, which differs from null. */
export const NO_INPUT_VIEW: InputView = jsonValueView(() => undefined, 0);
