import type { JsonValue } from '../json/value.ts';
import type { Projection, Projector } from '../policy/projection/projection.ts';

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
  /** The whole input, undefined when there is none; for logs and explanations only. */
  document(): JsonValue | undefined;
}
