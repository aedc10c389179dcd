import type { MaskedText, MaskTree } from '../json/mask-tree.ts';
import type { JsonValue } from '../json/value.ts';
import type { Projection, Projector } from '../policy/projection/projection.ts';

/**
 * How much of an input its document holds: all of it; all but parts that cannot be built; or what the decision saw of it, with
 * placeholders for what it did not look at.
 */
export type Extent = 'whole' | 'parts' | 'seen';

/**
 * The input as the engine sees it, whatever it arrived as. Wire types stay behind the view.
 * Both methods throw PortcullisError (`json_*`, `invalid_request`) when the input cannot be built; the engine
 * turns that into a denial.
 */
export interface InputView {
  /** How large the input was when it arrived; 0 without one. */
  readonly sizeBytes: number;
  /** What the entrypoint can see of it. A view over a wire format may read just what `projector.tree` names. */
  project(projector: Projector): Projection;
  /** The input as far as it can be built, undefined when there is none; for logs and explanations only. */
  document(): JsonValue | undefined;
  /**
   * `document()` as text, without what a tree masks: members are left out, in arrays null stands in. Only of what was
   * projected already, since only then is it known to be readable. Undefined: build the document, and mask that.
   */
  maskedText?(mask: MaskTree): MaskedText | undefined;
  /** What `document()` or `maskedText()` gave when it was asked last. */
  readonly extent: Extent;
  /** The bytes that it holds on to as they arrived: while it lives, all of their buffer does. Undefined where there are none. */
  readonly source?: Uint8Array | undefined;
}
