import type { JsonValue } from '../json/value.ts';
import type { Footprint } from '../policy/plan/footprint.ts';

/** The part of the input that a decision can depend on. */
export interface Projection {
  /** Equal keys mean equal projections. Missing, null and empty differ; numbers differ by their text. */
  readonly key: string;
  /** The projected input as JSON in UTF-8; undefined when there is no input document. */
  readonly json: Uint8Array | undefined;
}

/**
 * The input as the engine sees it, whatever it arrived as. Wire types stay behind the view.
 * Both methods throw PortcullisError (`json_*`, `invalid_request`) when the input cannot be built; the engine
 * turns that into a denial.
 */
export interface InputView {
  /** How large the input was when it arrived; 0 without one. */
  readonly sizeBytes: number;
  project(footprint: Footprint): Projection;
  /** The whole input, undefined when there is none; for logs and explanations only. */
  document(): JsonValue | undefined;
}
