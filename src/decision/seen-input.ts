import type { MaskedText, MaskTree } from '../json/mask-tree.ts';
import { maskedText } from '../json/masked-text.ts';
import { ANY_DEPTH, parseJson } from '../json/parse.ts';
import type { JsonValue } from '../json/value.ts';
import type { InputSource } from '../observe/decision-event.ts';
import { FULL, KEYS, type ReadTree } from '../policy/plan/footprint.ts';
import type { Projector } from '../policy/projection/projection.ts';
import type { InputView } from './input-view.ts';

/** Nobody saw anything of it. */
const NOTHING: InputSource = { extent: 'seen', document: () => undefined };

/**
 * What an entrypoint can see of an input, for the log: all that its answer depends on, and nothing else, with placeholders for what
 * is only looked at for its type or its presence. Without an entrypoint, nothing; where it may see everything, the input itself.
 */
export function seenInput(view: InputView, projector: Projector | undefined): InputSource {
  if (projector === undefined) return NOTHING;
  return (projector.tree.reads & FULL) === 0 ? new SeenInput(view, projector) : view;
}

class SeenInput implements InputSource {
  readonly #view: InputView;
  readonly #projector: Projector;
  extent: 'whole' | 'seen' = 'seen';

  constructor(view: InputView, projector: Projector) {
    this.#view = view;
    this.#projector = projector;
  }

  /** Of an input of which a part cannot be built, the others: nobody can keep a request out of the log by a malformed body. */
  document(): JsonValue | undefined {
    const document = this.#view.document();
    if (document === undefined) {
      this.extent = 'whole';
      return undefined;
    }
    const { json } = this.#projector.project(document);
    // As deep as the view took it.
    return json && parseJson(json, { maxDepth: ANY_DEPTH });
  }

  maskedText(mask: MaskTree): MaskedText | undefined {
    let json: Uint8Array | undefined;
    try {
      ({ json } = this.#view.project(this.#projector));
    } catch {
      // The document has what can be built, or throws the same.
    }
    if (json === undefined) return undefined;
    return mayShow(this.#projector, mask) ? maskedText(json, mask) : { text: json, erased: [] };
  }
}

const INDEX = /^\d+$/;

const known = new WeakMap<Projector, WeakMap<MaskTree, boolean>>();

/** Whether something that is masked may be in a projection. Found once: to look for it in each takes longer than to project. */
function mayShow(projector: Projector, mask: MaskTree): boolean {
  let masks = known.get(projector);
  if (masks === undefined) known.set(projector, (masks = new WeakMap()));
  let shown = masks.get(mask);
  if (shown === undefined) masks.set(mask, (shown = overlaps(projector.tree, mask)));
  return shown;
}

function overlaps({ reads, children, each }: ReadTree, { place, children: masked }: MaskTree): boolean {
  if (place >= 0 || (reads & FULL) !== 0) return true;
  for (const [key, inside] of masked ?? []) {
    // With the keys, something stands where the key is; in an array, where an element is that others come after.
    if ((reads & KEYS) !== 0 || INDEX.test(key)) return true;
    const child = children?.get(key);
    if ((child !== undefined && overlaps(child, inside)) || (each !== undefined && overlaps(each, inside)))
      return true;
  }
  return false;
}
