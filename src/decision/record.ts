import type { PortcullisError } from '../errors.ts';
import type { DecisionEvent } from '../observe/decision-event.ts';
import type { Evaluation } from '../policy/evaluator.ts';
import type { ActiveEntrypoint } from './active-entrypoint.ts';
import type { Span } from './cache.ts';
import type { Decision, Outcome, Provenance, Question } from './decision.ts';
import type { Snapshot } from './snapshot.ts';

/** A question on its way through the engine. */
export interface Asked {
  readonly id: string;
  readonly batchId: string | undefined;
  readonly wallMs: number;
  readonly question: Question;
  readonly snapshot: Snapshot;
  /** Undefined until it has been found. */
  entrypoint: ActiveEntrypoint | undefined;
  /** Whether the whole input is evaluated, because the footprint was caught wrong. */
  distrusted: boolean;
  /** On the monotonic clock, milliseconds; undefined until it is evaluated. */
  evaluationStartMs: number | undefined;
}

const NO_ERRORS: readonly string[] = [];

/** What was asked for, when no policies answered. */
const askedFor = (question: Question): Provenance => ({
  policySet: question.policySet,
  entrypoint: question.entrypoint,
  revisions: {},
  digest: '',
});

/** The answer. Every field is always set, so that all decisions share one shape. */
export function decisionOf(
  asked: Asked,
  outcome: Outcome,
  cached: boolean,
  evaluationMs: number,
  span: Span | undefined,
  failure: PortcullisError | undefined,
): Decision {
  return {
    id: asked.id,
    allowed: outcome.status === 'allowed',
    status: outcome.status,
    json: outcome.json,
    reasons: outcome.reasons,
    obligations: outcome.obligations,
    provenance: asked.entrypoint?.provenance ?? askedFor(asked.question),
    cached,
    cacheOff: asked.distrusted || asked.entrypoint?.cache.offReason !== undefined,
    cacheable: span !== undefined,
    validUntilMs: span?.untilMs ?? Number.POSITIVE_INFINITY,
    evaluationMs,
    failure,
  };
}

/** What is recorded of it. */
export function eventOf(asked: Asked, decision: Decision, evaluation: Evaluation | undefined): DecisionEvent {
  const { question } = asked;
  return {
    decisionId: asked.id,
    batchId: asked.batchId,
    wallMs: asked.wallMs,
    policySet: decision.provenance.policySet,
    entrypoint: decision.provenance.entrypoint,
    revisions: decision.provenance.revisions,
    digest: decision.provenance.digest,
    status: decision.status,
    reasons: decision.reasons,
    json: decision.json,
    cached: decision.cached,
    distrusted: asked.distrusted,
    evaluationMs: decision.evaluationMs,
    api: question.caller.api,
    requestedBy: question.caller.requestedBy,
    client: question.caller.client,
    traceId: question.caller.traceId,
    dryRun: question.caller.dryRun === true,
    error: decision.failure,
    builtinErrors: evaluation?.builtinErrors ?? NO_ERRORS,
    nonDeterministic: evaluation?.nonDeterministic,
    inputBytes: question.input.sizeBytes,
    input: () => question.input.document(),
    inputSource: question.input,
  };
}
