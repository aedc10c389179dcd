import type { DecisionStatus } from '../decision/decision.ts';
import type { ErrorCode } from '../errors.ts';
import { Status } from '../gen/portcullis/v1/decision_pb.ts';

interface StatusMeaning {
  readonly wire: Status;
  /** The error that callers get who asked for a value instead of a decision; undefined where there is no failure. */
  readonly error: ErrorCode | undefined;
}

/** What each status of a decision is outside. */
export const STATUS_MEANING: Readonly<Record<DecisionStatus, StatusMeaning>> = {
  allowed: { wire: Status.ALLOWED, error: undefined },
  denied: { wire: Status.DENIED, error: undefined },
  undefined: { wire: Status.UNDEFINED, error: undefined },
  not_a_decision: { wire: Status.NOT_A_DECISION, error: undefined },
  evaluation_failed: { wire: Status.EVALUATION_FAILED, error: 'evaluation_failed' },
  timeout: { wire: Status.TIMEOUT, error: 'deadline_exceeded' },
  input_invalid: { wire: Status.INPUT_INVALID, error: 'json_invalid' },
  input_too_large: { wire: Status.INPUT_TOO_LARGE, error: 'json_too_large' },
  unknown_policy_set: { wire: Status.UNKNOWN_POLICY_SET, error: 'unknown_policy_set' },
  unknown_entrypoint: { wire: Status.UNKNOWN_ENTRYPOINT, error: 'unknown_entrypoint' },
  not_ready: { wire: Status.NOT_READY, error: 'not_ready' },
  cancelled: { wire: Status.CANCELLED, error: 'cancelled' },
};
