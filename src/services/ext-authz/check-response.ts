import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { Decision, DecisionStatus } from '../../decision/decision.ts';
import { type ErrorCode, GRPC_STATUS, type PortcullisError } from '../../errors.ts';
import type { JsonObject } from '../../json/value.ts';
import { writeStruct } from '../struct-writer.ts';
import { writeDenied, writeOk } from './check-response-http.ts';
import { headersToStrip } from './identity-headers.ts';
import { type Obligations, readObligations } from './obligations.ts';

/** How answers are written, from the configuration. */
export interface AnswerOptions {
  /** A denial is answered as an allow that changes nothing; the log keeps it. */
  readonly dryRun: boolean;
  /** Whether a failure is a denial, or an error to which Envoy's own settings apply. */
  readonly onError: 'deny' | 'error';
  /** The HTTP status of a failure. */
  readonly errorStatus: number;
  /** Lower case. */
  readonly identityHeaders: readonly string[];
}

const DENIED_RESPONSE = 2;
const OK_RESPONSE = 3;
const ERROR_RESPONSE = 5;

/** What each status is to the client; undefined: the operator's `errorStatus`. */
const HTTP_STATUS: Partial<Record<DecisionStatus, number>> = {
  denied: 403,
  undefined: 403,
  not_a_decision: 403,
  input_invalid: 400,
  input_too_large: 413,
};

/** Encodes a CheckResponse. Throws `obligations_invalid` as `readObligations` does. */
export function writeCheckResponse(
  decision: Decision,
  requestHeaderNames: readonly string[],
  options: AnswerOptions,
): Uint8Array {
  const allowed = decision.allowed && decision.status === 'allowed';
  const obligations = readObligations(decision.obligations, allowed);
  const writer = new BinaryWriter();
  if (allowed || options.dryRun) {
    writeStatus(writer, GRPC_STATUS.OK, decision.status);
    writeAllow(writer, allowed ? obligations : readObligations(undefined, true), requestHeaderNames, options);
  } else {
    writeStatus(writer, GRPC_STATUS.PERMISSION_DENIED, decision.status);
    const ours = HTTP_STATUS[decision.status];
    const isFailure = ours === undefined;
    const status = decision.status === 'denied' ? obligations.httpStatus : (ours ?? options.errorStatus);
    const field = isFailure && options.onError === 'error' ? ERROR_RESPONSE : DENIED_RESPONSE;
    writer.tag(field, WireType.LengthDelimited).fork();
    writeDenied(writer, status, obligations);
    writer.join();
  }
  writeMetadata(writer, metadataOf(decision, obligations));
  return writer.finish();
}

/** A denial without a decision (the caller may not ask, a defect): never empty. */
export function writeRefusal(error: PortcullisError, options: AnswerOptions): Uint8Array {
  const writer = new BinaryWriter();
  const { code } = error;
  const none = readObligations(undefined, false);
  const status: Partial<Record<ErrorCode, number>> = { invalid_request: 400, over_limit: 413 };
  writeStatus(
    writer,
    code === 'unauthenticated' ? GRPC_STATUS.UNAUTHENTICATED : GRPC_STATUS.PERMISSION_DENIED,
    code,
  );
  writer.tag(DENIED_RESPONSE, WireType.LengthDelimited).fork();
  writeDenied(writer, status[code] ?? options.errorStatus, none);
  writer.join();
  writeMetadata(writer, { portcullis: { status: 'refused', code } });
  return writer.finish();
}

function writeStatus(writer: BinaryWriter, code: number, message: string): void {
  writer.tag(1, WireType.LengthDelimited).fork();
  if (code !== 0) writer.tag(1, WireType.Varint).int32(code);
  writer.tag(2, WireType.LengthDelimited).string(message);
  writer.join();
}

function writeAllow(
  writer: BinaryWriter,
  obligations: Obligations,
  requestHeaderNames: readonly string[],
  { identityHeaders }: AnswerOptions,
): void {
  const set = new Set(obligations.headers.map(({ name }) => name));
  writer.tag(OK_RESPONSE, WireType.LengthDelimited).fork();
  writeOk(writer, obligations, identityHeaders, headersToStrip(requestHeaderNames, identityHeaders, set));
  writer.join();
}

function writeMetadata(writer: BinaryWriter, metadata: JsonObject): void {
  writer.tag(4, WireType.LengthDelimited).fork();
  writeStruct(writer, metadata);
  writer.join();
}

function metadataOf(decision: Decision, { metadata }: Obligations): JsonObject {
  const { id, status, reasons, provenance, failure } = decision;
  return {
    ...metadata,
    decision_id: id,
    portcullis: {
      status,
      ...(reasons.length > 0 && { reasons: [...reasons] }),
      policy_set: provenance.policySet,
      entrypoint: provenance.entrypoint,
      ...(failure !== undefined && { code: failure.code }),
    },
  };
}
