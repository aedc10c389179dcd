import type { PortcullisError } from '../errors.ts';
import type { JsonObject } from '../json/value.ts';
import type { InputView } from './input-view.ts';

/** Why a decision is what it is; each is also a metric label. Only `allowed` allows. */
export type DecisionStatus =
  | 'allowed'
  | 'denied'
  | 'undefined'
  | 'not_a_decision'
  | 'evaluation_failed'
  | 'timeout'
  | 'input_invalid'
  | 'input_too_large'
  | 'unknown_policy_set'
  | 'unknown_entrypoint'
  | 'not_ready'
  | 'cancelled';

/** What the engine is asked. */
export interface Question {
  /** Empty: the only policy set there is. */
  readonly policySet: string;
  /** Empty: the policy set's default entrypoint. */
  readonly entrypoint: string;
  readonly input: InputView;
  readonly noCache: boolean;
  /** For the log. */
  readonly caller: Caller;
  /** Why the API refuses the question: nothing is evaluated, and the denial is recorded like any other. */
  readonly refusal?: PortcullisError | undefined;
  /**
   * Whether the API can carry the answer out: throws PortcullisError where it cannot, and the answer becomes a denial
   * before it is recorded, so that the log never says that something else was answered. One function says the same of
   * the same outcome each time: a cached one is not shown to it again.
   */
  readonly verify?: (outcome: Outcome) => void;
}

/** Who asked and how, for the decision log only. */
export interface Caller {
  readonly requestedBy: string;
  /** The API's name: `grpc`, `data-api`, … */
  readonly api: string;
  readonly traceId?: string | undefined;
  /** The configured client that the caller's certificate belongs to. */
  readonly client?: string | undefined;
  /** The answer is not enforced. */
  readonly dryRun?: boolean;
}

/** What an entrypoint's value means. */
export interface Outcome {
  readonly status: DecisionStatus;
  /** The value as JSON text. */
  readonly json: string | undefined;
  readonly reasons: readonly string[];
  /** What the policy's object holds beside `allowed`, `reason` and `reasons`; the same object for every cached answer. */
  readonly obligations: JsonObject | undefined;
}

/** Which policies gave an answer. */
export interface Provenance {
  readonly policySet: string;
  readonly entrypoint: string;
  readonly revisions: Readonly<Record<string, string>>;
  /** SHA-256 over policy and data digests, hex; empty when nothing was active. */
  readonly digest: string;
}

/** One answer. Immutable. Not to be kept: it may hold on to the question, and so to the bytes that its input arrived in. */
export interface Decision {
  readonly id: string;
  readonly allowed: boolean;
  readonly status: DecisionStatus;
  /** The entrypoint's value as JSON text; undefined when undefined or when the evaluation failed. */
  readonly json: string | undefined;
  readonly reasons: readonly string[];
  /** What the policy's object holds beside `allowed`, `reason` and `reasons`. */
  readonly obligations: JsonObject | undefined;
  readonly provenance: Provenance;
  readonly cached: boolean;
  /** Whether the cache is switched off for the entrypoint, and so was not asked. */
  readonly cacheOff: boolean;
  /** Whether the answer may be kept, until `validUntilMs` or until the policy set changes. Never for a failure. */
  readonly cacheable: boolean;
  /** Wall clock, milliseconds, exclusive; Infinity when the answer may not be kept. */
  readonly validUntilMs: number;
  /** Milliseconds spent evaluating; 0 when cached. */
  readonly evaluationMs: number;
  /** What went wrong, when `status` is neither allowed, denied, undefined nor not_a_decision. */
  readonly failure: PortcullisError | undefined;
}

/** Asks the policies. Never throws for what the policy or the input does: that is a denial. */
export interface Decider {
  /** `deadlineMs` is on the monotonic clock. */
  decide(question: Question, deadlineMs: number): Decision | Promise<Decision>;
  /** All on one snapshot, answered in order. Rejects with `cancelled` between two questions once `cancelled` says so. */
  decideAll(
    questions: readonly Question[],
    deadlineMs: number,
    cancelled: () => boolean,
  ): Promise<readonly Decision[]>;
}
