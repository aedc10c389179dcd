import type { Clock } from '../clock.ts';
import { PortcullisError } from '../errors.ts';
import type { Explained } from '../policy/plan/explain/explain.ts';
import type { HiddenPlaces } from '../policy/plan/explain/secrets.ts';
import { WHOLE_PROJECTOR } from '../policy/projection/projector.ts';
import type { DataPlane } from './data-plane.ts';
import type { Provenance, Question } from './decision.ts';

/** Tells why the answer to a question is what it is. */
export interface Explainer {
  /**
   * On the current snapshot, which is held until it is done. `deadlineMs` is on the monotonic clock. Rejects with
   * PortcullisError: `unknown_policy_set`, `unknown_entrypoint`, `not_ready`, `bundle_plan_missing`, `overloaded`,
   * `deadline_exceeded`, and what keeps an input from being read.
   */
  explain(
    question: Question,
    deadlineMs: number,
  ): Promise<{ readonly provenance: Provenance; readonly explained: Explained }>;
}

/** Has explanations made by the evaluators of the data plane, away from the thread that decides. */
export class PlanExplainer implements Explainer {
  readonly #plane: DataPlane;
  readonly #hidden: HiddenPlaces;
  readonly #clock: Clock;

  /** `hidden` is what no explanation shows. */
  constructor(plane: DataPlane, hidden: HiddenPlaces, clock: Clock) {
    this.#plane = plane;
    this.#hidden = hidden;
    this.#clock = clock;
  }

  async explain(
    question: Question,
    deadlineMs: number,
  ): Promise<{ readonly provenance: Provenance; readonly explained: Explained }> {
    const snapshot = this.#plane.lease();
    try {
      const { path, provenance, evaluator } = snapshot
        .policySet(question.policySet)
        .entrypoint(question.entrypoint);
      if (evaluator.explain === undefined) {
        throw new PortcullisError('unimplemented', 'this evaluator explains nothing');
      }
      const { json } = question.input.project(WHOLE_PROJECTOR);
      const time = { wallMs: this.#clock.wallMs(), deadlineMs };
      return { provenance, explained: await evaluator.explain(path, json, time, this.#hidden) };
    } finally {
      snapshot.release();
    }
  }
}
