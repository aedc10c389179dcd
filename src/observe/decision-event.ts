import type { JsonValue } from '../json/value.ts';

/**
 * What is recorded of one decision. Built on the hot path, so it only points at what the decision already holds;
 * `input` builds the document when a sink asks for it.
 */
export interface DecisionEvent {
  readonly decisionId: string;
  readonly batchId: string | undefined;
  readonly wallMs: number;
  readonly policySet: string;
  readonly entrypoint: string;
  readonly revisions: Readonly<Record<string, string>>;
  readonly digest: string;
  readonly status: string;
  readonly reasons: readonly string[];
  /** The value as JSON text; undefined when there is none. */
  readonly json: string | undefined;
  readonly cached: boolean;
  /** What the entrypoint can see of its input was caught wrong: it was evaluated from the whole input. */
  readonly distrusted: boolean;
  /** 0: nothing was evaluated. */
  readonly evaluationMs: number;
  readonly api: string;
  readonly requestedBy: string;
  /** The configured client that the caller was recognised as; undefined where none are configured. */
  readonly client: string | undefined;
  readonly traceId: string | undefined;
  /** The caller was let through whatever the decision was. */
  readonly dryRun: boolean;
  readonly error: { readonly code: string; readonly message: string } | undefined;
  readonly builtinErrors: readonly string[];
  readonly nonDeterministic: Readonly<Record<string, unknown>> | undefined;
  /** How large the input was when it arrived; 0 without one. */
  readonly inputBytes: number;
  /** Throws when the input cannot be built. */
  readonly input: () => JsonValue | undefined;
  /** Tells how much of it `input` gave last: all; all but parts that cannot be built; or what the decision saw, with placeholders elsewhere. */
  readonly inputSource: { readonly extent: 'whole' | 'parts' | 'seen' };
}

/** Takes decision events. `write` is on the hot path: it must be cheap, must not throw, and counts what it cannot keep. */
export interface DecisionSink {
  write(event: DecisionEvent): void;
}
