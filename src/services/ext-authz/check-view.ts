import type { InputView, Projection } from '../../decision/input-view.ts';
import { wholeProjection } from '../../decision/json-view.ts';
import type { JsonValue } from '../../json/value.ts';
import { type Footprint, mayRead } from '../../policy/plan/footprint.ts';
import type { CheckFacts } from './check-request.ts';
import { type BuiltInput, buildInput, type InputOptions } from './input-document.ts';
import type { PathFacts } from './path-facts.ts';

/**
 * A CheckRequest as the engine sees it. A part of the input that cannot be built (a body that is not what its type says, a
 * query that cannot be decoded) fails the decision only where the policy can read that part; elsewhere it is left out.
 */
export class CheckView implements InputView {
  readonly sizeBytes: number;
  readonly #build: () => BuiltInput;
  #built: BuiltInput | undefined;

  constructor(facts: CheckFacts, path: PathFacts, options: InputOptions, sizeBytes: number) {
    this.sizeBytes = sizeBytes;
    this.#build = () => (this.#built ??= buildInput(facts, path, options));
  }

  project(footprint: Footprint): Projection {
    const { document, failed } = this.#build();
    for (const [part, error] of failed) if (mayRead(footprint, part)) throw error;
    return wholeProjection(document);
  }

  document(): JsonValue {
    return this.#build().document;
  }
}
