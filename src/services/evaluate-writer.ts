import { create, toBinary } from '@bufbuild/protobuf';
import type { Decision } from '../decision/decision.ts';
import { EvaluateResponseSchema } from '../gen/portcullis/v1/decision_pb.ts';
import { validUntil } from './valid-until.ts';

/** Encodes an EvaluateResponse. */
export function writeEvaluateResponse(decision: Decision): Uint8Array {
  const { id, json, provenance, cached, cacheable, evaluationMs } = decision;
  const until = validUntil(decision.validUntilMs);
  const message = create(EvaluateResponseSchema, {
    decisionId: id,
    ...(json !== undefined && { valueJson: new TextEncoder().encode(json) }),
    provenance,
    cached,
    ...(!cached && { evaluationTime: durationOf(evaluationMs) }),
    cacheable,
    ...(until !== undefined && { validUntil: { seconds: BigInt(until.seconds), nanos: until.nanos } }),
  });
  return toBinary(EvaluateResponseSchema, message);
}

function durationOf(durationMs: number): { seconds: bigint; nanos: number } {
  const nanos = Math.round(durationMs * 1e6);
  return { seconds: BigInt(Math.floor(nanos / 1e9)), nanos: nanos % 1e9 };
}
