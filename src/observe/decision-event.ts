import type { MaskedText, MaskTree } from '../json/mask-tree.ts';
import type { JsonValue } from '../json/value.ts';

/**
 * What is recorded of one decision. It only points at what the decision holds already; documents are built when a sink
 * asks for them.
 */
export interface DecisionEvent {
  readonly decisionId: string;
  readonly batchId: string | undefined;
  readonly wallMs: number;
  /**
   * The same object for all decisions of one entrypoint from one activation to the next: what is made of the four fields
   * below may be kept by it. Undefined: nothing may.
   */
  readonly provenance?: object | undefined;
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
  readonly input: InputSource;
  /** The same input as far as the policy could see it. */
  seenInput(): InputSource;
}

/** Where an event's input comes from. */
export interface InputSource {
  /** How much of it was given last: all; all but parts that cannot be built; or what the decision saw, with placeholders elsewhere. */
  readonly extent: 'whole' | 'parts' | 'seen';
  /** Undefined without an input. Throws when it cannot be built. */
  document(): JsonValue | undefined;
  /** `document()` as text without what is masked; undefined, or missing: the document has to be asked. Throws when it cannot be built. */
  maskedText?(mask: MaskTree): MaskedText | undefined;
  /** The bytes that it holds on to, with all of their buffer. */
  readonly source?: Uint8Array | undefined;
}

/** Takes decision events. `write` is on the hot path: it must be cheap, must not throw, and counts what it cannot keep. */
export interface DecisionSink {
  write(event: DecisionEvent): void;
}
