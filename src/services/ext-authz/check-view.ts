import type { InputView, Projection } from '../../decision/input-view.ts';
import { wholeProjection } from '../../decision/json-view.ts';
import type { JsonValue } from '../../json/value.ts';
import { type Footprint, mayRead } from '../../policy/plan/footprint.ts';
import type { PathFacts } from './path/path-facts.ts';
import type { CheckFacts } from './request/check-request.ts';
import { type BuiltInput, buildInput, type InputOptions, type KnownParts } from './request/input-document.ts';

/**
 * A CheckRequest as the engine sees it. What must be parsed is parsed for policies that can read it; what then cannot be
 * (a body that is not what its type says, a query that cannot be decoded) fails the decision of those policies only. Each
 * part is parsed once, for the decision and for its log.
 */
export class CheckView implements InputView {
  readonly sizeBytes: number;
  readonly #build: (reads: (key: string) => boolean) => BuiltInput;

  constructor(facts: CheckFacts, path: PathFacts, options: InputOptions, sizeBytes: number) {
    this.sizeBytes = sizeBytes;
    const known: KnownParts = new Map();
    this.#build = (reads) => buildInput(facts, path, options, reads, known);
  }

  project(footprint: Footprint): Projection {
    const { document, failed } = this.#build((key) => mayRead(footprint, key));
    for (const [part, error] of failed) if (mayRead(footprint, part)) throw error;
    return wholeProjection(document);
  }

  /** The whole, as far as it can be built. */
  document(): JsonValue {
    return this.#build(() => true).document;
  }
}
