import type { JsonValue } from '../../json/value.ts';
import type { ReadTree } from '../plan/footprint.ts';
import type { TextLimits } from './scan-source.ts';

/** The part of a document that can be seen through a footprint. */
export interface Projection {
  /** Equal keys mean equal projections. Missing, null and empty differ; numbers differ by their text, unless they are only compared. */
  readonly key: string;
  /** The projected document as JSON in UTF-8; undefined when there is none. */
  readonly json: Uint8Array | undefined;
}

/** Projects documents through one tree, which it is compiled from. */
export interface Projector {
  /** For views that read wire formats themselves. */
  readonly tree: ReadTree;
  /** `document` is undefined when there is none. */
  project(document: JsonValue | undefined): Projection;
  /**
   * As `project` of the parsed text, of which only what can be seen is built. Keys that are named twice and numbers out of
   * range are refused where they can be seen; anything else that parseJson refuses is refused, and with its words.
   */
  projectText(json: Uint8Array, limits: TextLimits): Projection;
}
