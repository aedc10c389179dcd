import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { Decision, Provenance } from '../decision/decision.ts';
import { STATUS_MEANING } from './decision-status.ts';
import { writeStruct } from './struct-writer.ts';

/*
 * Encodes answers straight from the engine's objects, at a fraction of the cost of building messages first. The tests
 * hold every field to the generated schemas.
 */

/** Encodes a CheckResponse. */
export function writeCheckResponse(decision: Decision): Uint8Array {
  return encode((writer) => writeDecision(writer, decision));
}

/** Encodes a BatchCheckResponse. */
export function writeBatchResponse(decisions: readonly Decision[]): Uint8Array {
  return encode((writer) => {
    for (const decision of decisions) writeDecision(writer, decision);
  });
}

/** Encodes an EvaluateResponse. */
export function writeEvaluateResponse(decision: Decision): Uint8Array {
  return encode((writer) => {
    writer.tag(1, WireType.LengthDelimited).string(decision.id);
    if (decision.json !== undefined) writer.tag(2, WireType.LengthDelimited).string(decision.json);
    writer.tag(3, WireType.LengthDelimited).bytes(provenanceBytes(decision.provenance));
    if (decision.cached) writer.tag(4, WireType.Varint).bool(true);
    else writeDuration(writer, 5, decision.evaluationMs);
  });
}

/** Kept between answers for the sake of its buffer. Writing never gives way, so nobody else writes meanwhile. */
let shared = new BinaryWriter();
const MAX_KEPT_BYTES = 65_536;

function encode(write: (writer: BinaryWriter) => void): Uint8Array {
  const writer = shared;
  try {
    write(writer);
    const bytes = writer.finish();
    if (bytes.length > MAX_KEPT_BYTES) shared = new BinaryWriter();
    return bytes;
  } catch (thrown) {
    // The next answer must not begin with half of this one.
    shared = new BinaryWriter();
    throw thrown;
  }
}

/** As field 1 of the response, single or repeated. */
function writeDecision(writer: BinaryWriter, decision: Decision): void {
  writer.tag(1, WireType.LengthDelimited).fork();
  writer.tag(1, WireType.LengthDelimited).string(decision.id);
  if (decision.allowed) writer.tag(2, WireType.Varint).bool(true);
  writer.tag(3, WireType.Varint).int32(STATUS_MEANING[decision.status].wire);
  for (const reason of decision.reasons) writer.tag(4, WireType.LengthDelimited).string(reason);
  if (decision.obligations !== undefined) {
    writer.tag(5, WireType.LengthDelimited).fork();
    writeStruct(writer, decision.obligations);
    writer.join();
  }
  writer.tag(6, WireType.LengthDelimited).bytes(provenanceBytes(decision.provenance));
  if (decision.cached) writer.tag(7, WireType.Varint).bool(true);
  writer.join();
}

function writeDuration(writer: BinaryWriter, field: number, durationMs: number): void {
  const nanos = Math.round(durationMs * 1e6);
  const seconds = Math.floor(nanos / 1e9);
  writer.tag(field, WireType.LengthDelimited).fork();
  if (seconds > 0) writer.tag(1, WireType.Varint).int64(seconds);
  if (nanos % 1e9 > 0) writer.tag(2, WireType.Varint).int32(nanos % 1e9);
  writer.join();
}

/** The engine gives every answer of an entrypoint the same object until the next activation, so its bytes are kept. */
const encodedProvenances = new WeakMap<Provenance, Uint8Array>();

function provenanceBytes(provenance: Provenance): Uint8Array {
  let bytes = encodedProvenances.get(provenance);
  if (bytes === undefined) {
    bytes = encodeProvenance(provenance);
    encodedProvenances.set(provenance, bytes);
  }
  return bytes;
}

/** Encodes a Provenance message. */
export function encodeProvenance(provenance: Provenance): Uint8Array {
  const writer = new BinaryWriter();
  writeText(writer, 1, provenance.policySet);
  writeText(writer, 2, provenance.entrypoint);
  for (const [bundle, revision] of Object.entries(provenance.revisions)) {
    writer.tag(3, WireType.LengthDelimited).fork();
    writeText(writer, 1, bundle);
    writeText(writer, 2, revision);
    writer.join();
  }
  writeText(writer, 4, provenance.digest);
  return writer.finish();
}

function writeText(writer: BinaryWriter, field: number, text: string): void {
  if (text !== '') writer.tag(field, WireType.LengthDelimited).string(text);
}
