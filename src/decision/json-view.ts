import { maskedText } from '../json/masked-text.ts';
import { parseJson } from '../json/parse.ts';
import type { JsonValue } from '../json/value.ts';
import type { Projector } from '../policy/projection/projection.ts';
import type { Extent, InputView } from './input-view.ts';

/** How large and how deep an input may be. */
export interface InputLimits {
  readonly maxBytes: number;
  readonly maxDepth: number;
}

/**
 * A view over a JSON document that is built at most once, from what arrived in `sizeBytes`. `build` gives undefined for
 * no input document, and may throw. What it was built from is let go: logs hold on to views. `bytes` are what `build` holds on to.
 */
export function jsonValueView(
  build: () => JsonValue | undefined,
  sizeBytes: number,
  bytes?: Uint8Array,
): InputView {
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
    project: (projector) => projector.project(document()),
    document,
    extent: 'whole',
    get source() {
      return source === undefined ? undefined : bytes;
    },
  };
}

/**
 * A view over JSON text in UTF-8. Only what can be seen is read for a decision; its document is the whole text, or, where
 * a key is named twice or a number is out of range, what the decision saw of it: nobody can keep an input out of the log by
 * what no policy reads, and the view's extent says so. Empty bytes are invalid JSON, not a missing input.
 */
export function jsonBytesView(bytes: Uint8Array, limits: InputLimits): InputView {
  // Nothing else holds on to the bytes.
  let text: Uint8Array | undefined = bytes;
  let seenBy: Projector | undefined;
  let extent: Extent = 'whole';
  const whole = jsonValueView(() => {
    const document = parseJson(text!, limits);
    text = undefined;
    return document;
  }, bytes.byteLength);
  return {
    sizeBytes: whole.sizeBytes,
    project(projector) {
      if (text === undefined) return whole.project(projector);
      const projection = projector.projectText(text, limits);
      seenBy = projector;
      return projection;
    },
    document() {
      try {
        return whole.document();
      } catch (error) {
        if (seenBy === undefined) throw error;
        extent = 'seen';
        return parseJson(seenBy.projectText(text!, limits).json!, { maxDepth: limits.maxDepth });
      }
    },
    maskedText(mask) {
      // What was not projected may not be JSON.
      const masked = text === undefined || seenBy === undefined ? undefined : maskedText(text, mask);
      if (masked !== undefined) extent = 'whole';
      return masked;
    },
    get extent() {
      return extent;
    },
    get source() {
      return text;
    },
  };
}

/** No input document at all: `input` is undefined in the policy, which differs from null. */
export const NO_INPUT_VIEW: InputView = jsonValueView(() => undefined, 0);
