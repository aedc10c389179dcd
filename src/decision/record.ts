import type { PortcullisError } from '../errors.ts';
import type { JsonObject } from '../json/value.ts';
import type { DecisionEvent, InputSource } from '../observe/decision-event.ts';
import type { Evaluation } from '../policy/evaluator.ts';
import type { Projector } from '../policy/projection/projection.ts';
import type { Span } from './cache.ts';
import type { Decision, DecisionStatus, Outcome, Provenance, Question } from './decision.ts';
import type { InputView } from './input-view.ts';
import { seenInput } from './seen-input.ts';

const NO_ERRORS: readonly string[] = [];

/** These stand until the question is answered. Nobody sees them. */
const NOWHERE: Provenance = { policySet: '', entrypoint: '', revisions: {}, digest: '' };
const OPEN: Outcome = { status: 'evaluation_failed', json: undefined, reasons: [], obligations: undefined };

/**
 * A question on its way through the engine, then its answer, then what is recorded of it: one object that refers to what
 * exists already, because each more that a decision allocates is moved by the garbage collector while it waits for the log.
 * Services see a Decision, sinks a DecisionEvent; neither sees it change. Every field is always set: all share one shape.
 */
export class DecisionRecord implements Decision, DecisionEvent {
  readonly id: string;
  readonly batchId: string | undefined;
  readonly wallMs: number;
  readonly question: Question;
  /** Not the entrypoint itself: what waits for the log must not keep policies in memory that are active no more. */
  provenance: Provenance = NOWHERE;
  /** What the entrypoint can see of an input by its footprint; undefined as long as there is none. */
  footprint: Projector | undefined = undefined;
  outcome: Outcome = OPEN;
  evaluation: Evaluation | undefined = undefined;
  span: Span | undefined = undefined;
  failure: PortcullisError | undefined = undefined;
  /** Whether the whole input is evaluated, because the footprint was caught wrong. */
  distrusted = false;
  cached = false;
  cacheOff = false;
  evaluationMs = 0;

  constructor(id: string, batchId: string | undefined, wallMs: number, question: Question) {
    this.id = id;
    this.batchId = batchId;
    this.wallMs = wallMs;
    this.question = question;
  }

  get decisionId(): string {
    return this.id;
  }

  get allowed(): boolean {
    return this.outcome.status === 'allowed';
  }

  get status(): DecisionStatus {
    return this.outcome.status;
  }

  get json(): string | undefined {
    return this.outcome.json;
  }

  get reasons(): readonly string[] {
    return this.outcome.reasons;
  }

  get obligations(): JsonObject | undefined {
    return this.outcome.obligations;
  }

  get policySet(): string {
    return this.provenance.policySet;
  }

  get entrypoint(): string {
    return this.provenance.entrypoint;
  }

  get revisions(): Readonly<Record<string, string>> {
    return this.provenance.revisions;
  }

  get digest(): string {
    return this.provenance.digest;
  }

  get cacheable(): boolean {
    return this.span !== undefined;
  }

  get validUntilMs(): number {
    return this.span === undefined ? Number.POSITIVE_INFINITY : this.span.untilMs;
  }

  get error(): PortcullisError | undefined {
    return this.failure;
  }

  get api(): string {
    return this.question.caller.api;
  }

  get requestedBy(): string {
    return this.question.caller.requestedBy;
  }

  get client(): string | undefined {
    return this.question.caller.client;
  }

  get traceId(): string | undefined {
    return this.question.caller.traceId;
  }

  get dryRun(): boolean {
    return this.question.caller.dryRun === true;
  }

  get builtinErrors(): readonly string[] {
    return this.evaluation === undefined ? NO_ERRORS : this.evaluation.builtinErrors;
  }

  get nonDeterministic(): Readonly<Record<string, unknown>> | undefined {
    return this.evaluation?.nonDeterministic;
  }

  get inputBytes(): number {
    return this.question.input.sizeBytes;
  }

  get input(): InputView {
    return this.question.input;
  }

  seenInput(): InputSource {
    return seenInput(this.question.input, this.footprint);
  }
}

/** What was asked for, when no policies answered. */
export const askedFor = (question: Question): Provenance => ({
  policySet: question.policySet,
  entrypoint: question.entrypoint,
  revisions: {},
  digest: '',
});
