import type { Extent, InputView } from '../../decision/input-view.ts';
import type { JsonValue } from '../../json/value.ts';
import { mayRead } from '../../policy/plan/footprint.ts';
import type { Projection, Projector } from '../../policy/projection/projection.ts';
import type { PathFacts } from './path/path-facts.ts';
import type { CheckFacts } from './request/check-request.ts';
import { type BuiltInput, buildInput, type InputOptions, type KnownParts } from './request/input-document.ts';

/**
 * A CheckRequest as the engine sees it. What must be parsed is parsed for policies that can read it; what then cannot be
 * (a body that is not what its type says, a query that cannot be decoded) fails the decision of those policies only. Each
 * part is parsed once, for the decision and for its log.
 */
export class DecodedView implements InputView {
  readonly sizeBytes: number;
  #extent: Extent = 'whole';
  readonly #build: (reads: (key: string) => boolean) => BuiltInput;

  constructor(facts: CheckFacts, path: PathFacts, options: InputOptions, sizeBytes: number) {
    this.sizeBytes = sizeBytes;
    const known: KnownParts = new Map();
    this.#build = (reads) => buildInput(facts, path, options, reads, known);
  }

  project(projector: Projector): Projection {
    const reads = (key: string): boolean => mayRead(projector.tree, key);
    const { document, failed } = this.#build(reads);
    for (const [part, error] of failed) if (reads(part)) throw error;
    return projector.project(document);
  }

  /** The whole, as far as it can be built. */
  document(): JsonValue {
    const { document, failed } = this.#build(() => true);
    this.#extent = failed.size === 0 ? 'whole' : 'parts';
    return document;
  }

  get extent(): Extent {
    return this.#extent;
  }
}
