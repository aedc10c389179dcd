import { BinaryWriter } from '@bufbuild/protobuf/wire';
import type { Decision } from '../../../decision/decision.ts';
import type { JsonObject } from '../../../json/value.ts';
import { writeStruct } from '../../struct-writer.ts';

/** What is ours in `dynamic_metadata`, whatever the policy gives under these names. */
export const DECISION_ID = 'decision_id';
const OURS = 'portcullis';

/**
 * Encodes the fields of the answer's `dynamic_metadata` but for the decision's id: what the policy gives, and for the operator `portcullis` {status,
 * cached, reasons, policy_set, entrypoint, code}. Envoy keeps it from clients: it is for the access log and the next filters.
 */
export function encodeMetadata(decision: Decision, policyMetadata: JsonObject | undefined): Uint8Array {
  const { status, cached, reasons, provenance, failure } = decision;
  const writer = new BinaryWriter();
  if (policyMetadata !== undefined) {
    const { [DECISION_ID]: _id, [OURS]: _ours, ...policys } = policyMetadata;
    writeStruct(writer, policys);
  }
  writeStruct(writer, {
    [OURS]: {
      status,
      cached,
      ...(reasons.length > 0 && { reasons: [...reasons] }),
      policy_set: provenance.policySet,
      entrypoint: provenance.entrypoint,
      ...(failure !== undefined && { code: failure.code }),
    },
  });
  return writer.finish();
}

/** Encodes what stands for the metadata of an answer without a decision. */
export function encodeRefusalMetadata(code: string): Uint8Array {
  const writer = new BinaryWriter();
  writeStruct(writer, { [OURS]: { status: 'refused', code } });
  return writer.finish();
}
