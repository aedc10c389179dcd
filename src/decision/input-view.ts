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
  /** What `document()` gave when it was asked last. */
  readonly extent: Extent;
}
