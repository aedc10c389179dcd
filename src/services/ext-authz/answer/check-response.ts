import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { Decision, DecisionStatus } from '../../../decision/decision.ts';
import { type ErrorCode, GRPC_STATUS, type PortcullisError } from '../../../errors.ts';
import { guardFor, writeDenied, writeOk } from './check-response-http.ts';
import { type Answer, frameOf, joinAnswer, keptAnswer, withHead } from './check-response-kept.ts';
import { encodeMetadata, encodeRefusalMetadata } from './check-response-metadata.ts';
import { NO_SPELLINGS, twinsOf } from './identity-headers.ts';
import { NO_OBLIGATIONS, type Obligations, readObligations } from './obligations.ts';

/** The names of the headers of the request that is answered, for answers that depend on them. */
export interface RequestHeaders {
  headerNames(): readonly string[];
}

/** How answers are written, from the configuration: one object for good. */
export interface AnswerOptions {
  /** What would be denied passes, stripped of identity headers; the log and the metadata keep the denial. */
  readonly dryRun: boolean;
  /** Whether a failure is a denial, or an `error_response` to which the filter's own settings apply. */
  readonly onError: 'deny' | 'error';
  /** The HTTP status of a failure that is a denial. */
  readonly errorStatus: number;
  /** Lower case. */
  readonly identityHeaders: readonly string[];
}

/** Fields of CheckResponse. */
const STATUS = 1;
const DENIED_RESPONSE = 2;
const OK_RESPONSE = 3;
const DYNAMIC_METADATA = 4;
const ERROR_RESPONSE = 5;

/** What is not the policy's answer is, to the client, one of these or, where it is our failure, the operator's `errorStatus`. */
type HttpMeaning = number | 'failure';

const HTTP_OF_STATUS: Readonly<Record<Exclude<DecisionStatus, 'allowed' | 'denied'>, HttpMeaning>> = {
  undefined: 403,
  not_a_decision: 403,
  input_invalid: 400,
  input_too_large: 413,
  evaluation_failed: 'failure',
  timeout: 'failure',
  not_ready: 'failure',
  // A route chose what is not listed, which must not pass by what an operator wants of outages.
  unknown_policy_set: 403,
  unknown_entrypoint: 403,
  cancelled: 'failure',
};

/**
 * Encodes a CheckResponse. Only an allowed decision is an allow, and it says so: with a status and an ok_response. A denial or a failure
 * carries nothing for the client but what the policy gives for a denial. Throws `obligations_invalid` as `readObligations` does.
 */
export function writeCheckResponse(
  decision: Decision,
  request: RequestHeaders,
  options: AnswerOptions,
): Uint8Array {
  const answer = keptAnswer(decision, options, encodeAnswer);
  if (!answer.asksHeaders) return joinAnswer(answer.frame, decision.id);
  const names = request.headerNames();
  if (!answer.conditional && twinsOf(names, answer.further).length === 0)
    return joinAnswer(answer.frame, decision.id);
  return joinAnswer(withHead(answer.frame, encodeHead(decision, names, options)), decision.id);
}

function encodeAnswer(decision: Decision, options: AnswerOptions): Answer {
  const obligations = obligationsOf(decision);
  const allowed = isAllowed(decision);
  const passes = allowed || options.dryRun;
  const further = passes
    ? guardFor(allowed ? obligations : NO_OBLIGATIONS, options.identityHeaders).further
    : NO_SPELLINGS;
  const conditional = allowed && obligations.headers.conditional;
  return {
    provenance: decision.provenance,
    reasons: decision.reasons,
    status: decision.status,
    allowed: decision.allowed,
    frame: frameOf(encodeHead(decision, [], options), encodeMetadata(decision, obligations.metadata)),
    further,
    conditional,
    asksHeaders: conditional || further.exact.size > 0,
  };
}

const isAllowed = ({ allowed, status }: Decision): boolean => allowed && status === 'allowed';
const obligationsOf = (decision: Decision): Obligations =>
  readObligations(decision.obligations, isAllowed(decision));

/** What stands before the metadata: the status and the response. */
function encodeHead(
  decision: Decision,
  requestHeaderNames: readonly string[],
  options: AnswerOptions,
): Uint8Array {
  const { status } = decision;
  const obligations = obligationsOf(decision);
  const writer = new BinaryWriter();
  if (isAllowed(decision) || options.dryRun) {
    const applied = isAllowed(decision) ? obligations : NO_OBLIGATIONS;
    writeAllow(writer, status, applied, requestHeaderNames, options);
  } else if (status === 'allowed' || status === 'denied') {
    writeDenial(writer, status, obligations.httpStatus, obligations, options);
  } else {
    writeDenial(writer, status, HTTP_OF_STATUS[status], NO_OBLIGATIONS, options);
  }
  return writer.finish();
}

/** What goes wrong inside, whoever asks: an operator may want these to be errors. What is not listed denies, whatever `onError` says. */
const FAILURES: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'internal',
  'overloaded',
  'deadline_exceeded',
  'cancelled',
  'not_ready',
  'evaluation_failed',
  'evaluation_conflict',
  'evaluation_limit',
]);
/** The caller, who is Envoy and not its client, may not ask: no dry run's business. */
const CALLER_REFUSED: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['unauthenticated', 'forbidden']);

/** A denial without a decision (the caller may not ask, a defect): never empty. In a dry run only callers that may not ask are denied. */
export function writeRefusal(error: PortcullisError, options: AnswerOptions): Uint8Array {
  const { code, kind } = error;
  const writer = new BinaryWriter();
  if (options.dryRun && !CALLER_REFUSED.has(code)) {
    writeAllow(writer, code, NO_OBLIGATIONS, [], options);
  } else if (CALLER_REFUSED.has(code)) {
    writeDenial(writer, code, options.errorStatus, NO_OBLIGATIONS, options);
  } else if (FAILURES.has(code)) {
    writeDenial(writer, code, 'failure', NO_OBLIGATIONS, options);
  } else {
    const isRequests = kind.http === 400 || kind.http === 413;
    writeDenial(writer, code, isRequests ? kind.http : 403, NO_OBLIGATIONS, options);
  }
  writer.tag(DYNAMIC_METADATA, WireType.LengthDelimited).bytes(encodeRefusalMetadata(code));
  return writer.finish();
}

function writeAllow(
  writer: BinaryWriter,
  message: string,
  obligations: Obligations,
  requestHeaderNames: readonly string[],
  { identityHeaders }: AnswerOptions,
): void {
  writeStatus(writer, GRPC_STATUS.OK, message);
  writer.tag(OK_RESPONSE, WireType.LengthDelimited).fork();
  writeOk(writer, obligations, requestHeaderNames, identityHeaders);
  writer.join();
}

function writeDenial(
  writer: BinaryWriter,
  message: string,
  http: HttpMeaning,
  obligations: Obligations,
  { onError, errorStatus }: AnswerOptions,
): void {
  const code = message === 'unauthenticated' ? GRPC_STATUS.UNAUTHENTICATED : GRPC_STATUS.PERMISSION_DENIED;
  writeStatus(writer, code, message);
  if (http === 'failure' && onError === 'error') {
    // Empty: a status here would override the filter's `status_on_error`.
    writer.tag(ERROR_RESPONSE, WireType.LengthDelimited).bytes(new Uint8Array());
    return;
  }
  writer.tag(DENIED_RESPONSE, WireType.LengthDelimited).fork();
  writeDenied(writer, http === 'failure' ? errorStatus : http, obligations);
  writer.join();
}

/**
 * Writes `status`. Code 0 is what protobuf leaves out, so an allow is told from an answer that was never written by the
 * message, which is always there; Envoy itself takes a missing status for an allow.
 */
function writeStatus(writer: BinaryWriter, code: number, message: string): void {
  writer.tag(STATUS, WireType.LengthDelimited).fork();
  if (code !== GRPC_STATUS.OK) writer.tag(1, WireType.Varint).int32(code);
  writer.tag(2, WireType.LengthDelimited).string(message);
  writer.join();
}
