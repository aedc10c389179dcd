import { parseJson } from '../json/parse.ts';
import type { JsonValue } from '../json/value.ts';
import type { InputSource } from '../observe/decision-event.ts';
import { FULL } from '../policy/plan/footprint.ts';
import type { Projector } from '../policy/projection/projection.ts';
import type { InputView } from './input-view.ts';

/** Nobody saw anything. */
const NOTHING: InputSource = { extent: 'seen', document: () => undefined };

/**
 * What an entrypoint sees of an input, for the log: all that an answer depends on, and nothing else, with placeholders for what
 * is only looked at for its type or its presence. Without an entrypoint, nothing. Like the view, it throws what cannot be built.
 */
export function seenInput(view: InputView, projector: Projector | undefined): InputSource {
  if (projector === undefined) return NOTHING;
  if ((projector.tree.reads & FULL) !== 0) return view;
  return {
    extent: 'seen',
    document(): JsonValue | undefined {
      const { json } = view.project(projector);
      // As deep and as large as the view took it.
      return json === undefined ? undefined : parseJson(json, { maxDepth: Number.POSITIVE_INFINITY });
    },
    maskedText: (mask) => view.maskedText?.(mask, projector),
  };
}
