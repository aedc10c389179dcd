import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../clock.ts';
import { PortcullisError, toPortcullisError } from '../errors.ts';
import type { DecisionSink } from '../observe/decision-event.ts';
import type { Evaluation } from '../policy/evaluator.ts';
import type { Projection } from '../policy/projection/projection.ts';
import type { ActiveEntrypoint } from './active-entrypoint.ts';
import type { Span } from './cache.ts';
import type { DataPlane } from './data-plane.ts';
import type { Decider, Decision, Outcome, Question } from './decision.ts';
import { failed, interpret } from './outcome.ts';
import { type Asked, decisionOf, eventOf } from './record.ts';
import type { ShadowVerifier } from './shadow.ts';
import type { Snapshot } from './snapshot.ts';

/** A batch gives other calls a turn after this long. */
const BATCH_SLICE_MS = 5;

export interface EngineOptions {
  /** Told what nobody expected: an unknown throw becomes a denial, and its cause must not be lost. */
  readonly onDefect?: (error: PortcullisError) => void;
  /** Verifies some of the answers afterwards; without it none. */
  readonly shadow?: ShadowVerifier;
}

/**
 * The hot path: lease → entrypoint → projection → key → cache → evaluate → store → record.
 * Answers at once whenever the evaluator does.
 */
export class Engine implements Decider {
  readonly #plane: DataPlane;
  readonly #sinks: readonly DecisionSink[];
  readonly #clock: Clock;
  readonly #options: EngineOptions;

  constructor(plane: DataPlane, sinks: readonly DecisionSink[], clock: Clock, options: EngineOptions = {}) {
    this.#plane = plane;
    this.#sinks = sinks;
    this.#clock = clock;
    this.#options = options;
  }

  decide(question: Question, deadlineMs: number): Decision | Promise<Decision> {
    const snapshot = this.#plane.lease();
    const decision = this.#decideOn(snapshot, question, deadlineMs, undefined);
    if (decision instanceof Promise) return decision.finally(() => snapshot.release());
    snapshot.release();
    return decision;
  }

  async decideAll(
    questions: readonly Question[],
    deadlineMs: number,
    cancelled: () => boolean,
  ): Promise<readonly Decision[]> {
    const snapshot = this.#plane.lease();
    const batchId = randomUUID();
    try {
      const decisions: Decision[] = [];
      let sliceEndMs = this.#clock.monotonicMs() + BATCH_SLICE_MS;
      for (const question of questions) {
        if (cancelled()) throw new PortcullisError('cancelled', 'The caller of the batch went away');
        decisions.push(await this.#decideOn(snapshot, question, deadlineMs, batchId));
        if (this.#clock.monotonicMs() < sliceEndMs) continue;
        await setImmediate();
        sliceEndMs = this.#clock.monotonicMs() + BATCH_SLICE_MS;
      }
      return decisions;
    } finally {
      snapshot.release();
    }
  }

  #decideOn(
    snapshot: Snapshot,
    question: Question,
    deadlineMs: number,
    batchId: string | undefined,
  ): Decision | Promise<Decision> {
    const asked: Asked = {
      id: randomUUID(),
      batchId,
      wallMs: this.#clock.wallMs(),
      question,
      snapshot,
      entrypoint: undefined,
      distrusted: false,
      evaluationStartMs: undefined,
    };
    try {
      const entrypoint = snapshot.policySet(question.policySet).entrypoint(question.entrypoint);
      asked.entrypoint = entrypoint;
      asked.distrusted = entrypoint.distrusted;
      if (question.refusal !== undefined) throw question.refusal;
      const projection = question.input.project(entrypoint.projector);
      const usesCache = !question.noCache && !asked.distrusted;
      const hit = usesCache ? entrypoint.answers.get(projection.key, asked.wallMs) : undefined;
      if (hit !== undefined) {
        this.#sample(asked, entrypoint, hit.outcome, hit.span, true);
        question.verify?.(hit.outcome);
        return this.#record(asked, hit.outcome, undefined, hit.span);
      }
      return this.#evaluate(asked, entrypoint, projection, deadlineMs);
    } catch (thrown) {
      return this.#deny(asked, thrown);
    }
  }

  #evaluate(
    asked: Asked,
    entrypoint: ActiveEntrypoint,
    projection: Projection,
    deadlineMs: number,
  ): Decision | Promise<Decision> {
    const { question, snapshot, batchId } = asked;
    asked.evaluationStartMs = this.#clock.monotonicMs();
    const finish = (evaluation: Evaluation): Decision => {
      const outcome = interpret(evaluation.json);
      const span = entrypoint.cache.spanOf(evaluation, asked.wallMs);
      const isKept = span !== undefined && !question.noCache && !asked.distrusted;
      if (isKept) entrypoint.answers.set(projection.key, outcome, span);
      this.#sample(asked, entrypoint, outcome, span, false);
      question.verify?.(outcome);
      return this.#record(asked, outcome, evaluation, span);
    };
    const evaluation = entrypoint.evaluator.evaluate(entrypoint.path, projection.json, {
      wallMs: asked.wallMs,
      deadlineMs,
    });
    if (!(evaluation instanceof Promise)) return finish(evaluation);
    return evaluation
      .then((late) => {
        if (asked.distrusted === entrypoint.distrusted) return finish(late);
        // The footprint was caught wrong meanwhile: what was projected by it must not be answered.
        return this.#decideOn(snapshot, question, deadlineMs, batchId);
      })
      .catch((thrown) => this.#deny(asked, thrown));
  }

  /** Has the answer verified afterwards, where chance says so: what was evaluated shows a wrong footprint as well as what was cached. */
  #sample(
    asked: Asked,
    entrypoint: ActiveEntrypoint,
    outcome: Outcome,
    span: Span | undefined,
    cached: boolean,
  ): void {
    const { shadow } = this.#options;
    if (shadow === undefined || !entrypoint.verifiable || !shadow.chooses()) return;
    const { id, question, wallMs, snapshot } = asked;
    const { input } = question;
    shadow.verify({ decisionId: id, entrypoint, input, wallMs, outcome, span, cached }, snapshot);
  }

  /** Whatever went wrong, the answer is no. Failures are recorded and never cached. */
  #deny(asked: Asked, thrown: unknown): Decision {
    const error = toPortcullisError(thrown);
    if (error.code === 'internal') this.#options.onDefect?.(error);
    asked.entrypoint?.cache.countUncacheable('error');
    return this.#record(asked, failed(error), undefined, undefined, error);
  }

  #record(
    asked: Asked,
    outcome: Outcome,
    evaluation: Evaluation | undefined,
    span: Span | undefined,
    failure?: PortcullisError,
  ): Decision {
    const cached = evaluation === undefined && failure === undefined;
    const startMs = asked.evaluationStartMs;
    const evaluationMs = startMs === undefined ? 0 : this.#clock.monotonicMs() - startMs;
    const decision = decisionOf(asked, outcome, cached, evaluationMs, span, failure);
    const event = eventOf(asked, decision, evaluation);
    try {
      for (const sink of this.#sinks) sink.write(event);
    } catch (thrown) {
      // Sinks must not throw; one that does must not turn an answer into another.
      this.#options.onDefect?.(toPortcullisError(thrown));
    }
    return decision;
  }
}
