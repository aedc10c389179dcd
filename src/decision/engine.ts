import type { Clock } from '../clock.ts';
import { PortcullisError, toPortcullisError } from '../errors.ts';
import type { DecisionSink } from '../observe/decision-event.ts';
import type { Evaluation } from '../policy/evaluator.ts';
import type { Projection } from '../policy/projection/projection.ts';
import type { ActiveEntrypoint } from './active-entrypoint.ts';
import { BatchTurns } from './batch-turns.ts';
import type { DataPlane } from './data-plane.ts';
import type { Decider, Decision, Question } from './decision.ts';
import { decisionId } from './decision-id.ts';
import { failed, interpret } from './outcome.ts';
import { askedFor, DecisionRecord } from './record.ts';
import type { ShadowVerifier } from './shadow.ts';
import type { Snapshot } from './snapshot.ts';

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
  readonly #batchTurns: BatchTurns;

  constructor(plane: DataPlane, sinks: readonly DecisionSink[], clock: Clock, options: EngineOptions = {}) {
    this.#plane = plane;
    this.#sinks = sinks;
    this.#clock = clock;
    this.#options = options;
    this.#batchTurns = new BatchTurns(clock);
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
    const batchId = decisionId();
    try {
      const decisions: Decision[] = [];
      for (const question of questions) {
        if (!this.#batchTurns.mayGoOn()) await this.#batchTurns.next();
        if (cancelled()) throw new PortcullisError('cancelled', 'The caller of the batch went away');
        const decision = this.#decideOn(snapshot, question, deadlineMs, batchId);
        decisions.push(decision instanceof Promise ? await decision : decision);
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
    const record = new DecisionRecord(decisionId(), batchId, this.#clock.wallMs(), question);
    let entrypoint: ActiveEntrypoint | undefined;
    try {
      entrypoint = snapshot.policySet(question.policySet).entrypoint(question.entrypoint);
      const { distrusted } = entrypoint;
      record.provenance = entrypoint.provenance;
      record.footprint = entrypoint.footprintProjector;
      record.distrusted = distrusted;
      if (question.refusal !== undefined) throw question.refusal;
      const projection = question.input.project(entrypoint.projector);
      const usesCache = !question.noCache && !distrusted;
      const hit = usesCache ? entrypoint.answers.get(projection.key, record.wallMs) : undefined;
      if (hit === undefined) return this.#evaluate(record, snapshot, entrypoint, projection, deadlineMs);
      record.cached = true;
      record.outcome = hit.outcome;
      record.span = hit.span;
      this.#sample(record, snapshot, entrypoint);
      const { verify } = question;
      if (verify !== undefined && hit.verifiedBy !== verify) {
        verify(hit.outcome);
        hit.verifiedBy = verify;
      }
      return this.#finish(record, entrypoint);
    } catch (thrown) {
      return this.#deny(record, entrypoint, thrown);
    }
  }

  #evaluate(
    record: DecisionRecord,
    snapshot: Snapshot,
    entrypoint: ActiveEntrypoint,
    { key, json }: Projection,
    deadlineMs: number,
  ): Decision | Promise<Decision> {
    const startMs = this.#clock.monotonicMs();
    const time = { wallMs: record.wallMs, deadlineMs };
    const evaluation = entrypoint.evaluator.evaluate(entrypoint.path, json, time);
    if (!(evaluation instanceof Promise))
      return this.#answer(record, snapshot, entrypoint, key, evaluation, startMs);
    return evaluation
      .then((late) => {
        if (record.distrusted === entrypoint.distrusted)
          return this.#answer(record, snapshot, entrypoint, key, late, startMs);
        // The footprint was caught wrong meanwhile: what was projected by it must not be answered.
        return this.#decideOn(snapshot, record.question, deadlineMs, record.batchId);
      })
      .catch((thrown) => this.#deny(record, entrypoint, thrown, startMs));
  }

  /** What was evaluated, as an answer; kept, if it may be. */
  #answer(
    record: DecisionRecord,
    snapshot: Snapshot,
    entrypoint: ActiveEntrypoint,
    key: string,
    evaluation: Evaluation,
    startMs: number,
  ): Decision {
    const { question } = record;
    const outcome = interpret(evaluation.json);
    const span = entrypoint.cache.spanOf(evaluation, record.wallMs);
    const isKept = span !== undefined && !question.noCache && !record.distrusted;
    if (isKept) entrypoint.answers.set(key, outcome, span);
    record.outcome = outcome;
    record.span = span;
    this.#sample(record, snapshot, entrypoint);
    question.verify?.(outcome);
    record.evaluation = evaluation;
    record.evaluationMs = this.#clock.monotonicMs() - startMs;
    return this.#finish(record, entrypoint);
  }

  /** Has the answer verified afterwards, where chance says so: what was evaluated shows a wrong footprint as well as what was cached. */
  #sample(record: DecisionRecord, snapshot: Snapshot, entrypoint: ActiveEntrypoint): void {
    const { shadow } = this.#options;
    if (shadow === undefined || !entrypoint.verifiable || !shadow.chooses()) return;
    const { id, question, wallMs, outcome, span, cached } = record;
    const { input } = question;
    shadow.verify({ decisionId: id, entrypoint, input, wallMs, outcome, span, cached }, snapshot);
  }

  /** Whatever went wrong, the answer is no. Failures are recorded and never cached. */
  #deny(
    record: DecisionRecord,
    entrypoint: ActiveEntrypoint | undefined,
    thrown: unknown,
    startMs?: number,
  ): Decision {
    const error = toPortcullisError(thrown);
    if (error.code === 'internal') this.#options.onDefect?.(error);
    entrypoint?.cache.countUncacheable('error');
    if (entrypoint === undefined) record.provenance = askedFor(record.question);
    record.outcome = failed(error);
    record.failure = error;
    record.cached = false;
    record.span = undefined;
    if (startMs !== undefined) record.evaluationMs = this.#clock.monotonicMs() - startMs;
    return this.#finish(record, entrypoint);
  }

  #finish(record: DecisionRecord, entrypoint: ActiveEntrypoint | undefined): Decision {
    record.cacheOff = record.distrusted || entrypoint?.cache.offReason !== undefined;
    try {
      for (const sink of this.#sinks) sink.write(record);
    } catch (thrown) {
      // Sinks must not throw; one that does must not turn an answer into another.
      this.#options.onDefect?.(toPortcullisError(thrown));
    }
    return record;
  }
}
