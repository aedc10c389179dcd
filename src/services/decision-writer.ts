import { Buffer } from 'node:buffer';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { Decision, Provenance } from '../decision/decision.ts';
import { STATUS_MEANING } from './decision-status.ts';
import { encodeProvenance } from './provenance-writer.ts';
import { writeStruct } from './struct-writer.ts';

/*
 * Encodes answers straight from the engine's objects. All of a decision but its id is alike for every answer that comes
 * from the same cached outcome, so those bytes are kept: a hot answer is an id and a copy. The tests hold every field to
 * the generated schemas.
 */

const DECISION = 0x0a;
const DECISION_ID = 0x0a;

/** Encodes a CheckResponse. */
export function writeCheckResponse(decision: Decision): Uint8Array {
  return writeBatchResponse([decision]);
}

/** Encodes a BatchCheckResponse; with one decision it is a CheckResponse as well. */
export function writeBatchResponse(decisions: readonly Decision[]): Uint8Array {
  const tails = decisions.map(tailOf);
  let size = 0;
  for (let i = 0; i < decisions.length; i++) {
    const length = decisionLength(decisions[i]!, tails[i]!);
    size += 1 + varintLength(length) + length;
  }
  const out = Buffer.allocUnsafe(size);
  let at = 0;
  for (let i = 0; i < decisions.length; i++) {
    const { id } = decisions[i]!;
    const tail = tails[i]!;
    out[at++] = DECISION;
    at = writeVarint(out, at, decisionLength(decisions[i]!, tail));
    out[at++] = DECISION_ID;
    at = writeVarint(out, at, Buffer.byteLength(id));
    at += out.write(id, at);
    out.set(tail, at);
    at += tail.length;
  }
  return out;
}

function decisionLength({ id }: Decision, tail: Uint8Array): number {
  const idLength = Buffer.byteLength(id);
  return 1 + varintLength(idLength) + idLength + tail.length;
}

/** The engine gives every answer of an entrypoint the same provenance until the next activation: all that is left to differ is in the index. */
const plainTails = new WeakMap<Provenance, Uint8Array[]>();
/** The engine gives every cached answer its outcome's reasons, the same array each time. */
const cachedTails = new WeakMap<readonly string[], { of: Decision; bytes: Uint8Array }>();

/** The fields of a decision after its id. */
function tailOf(decision: Decision): Uint8Array {
  const { provenance, reasons, obligations, cached } = decision;
  if (reasons.length === 0 && obligations === undefined) {
    let tails = plainTails.get(provenance);
    if (tails === undefined) plainTails.set(provenance, (tails = []));
    const index = STATUS_MEANING[decision.status].wire * 4 + (decision.allowed ? 2 : 0) + (cached ? 1 : 0);
    return (tails[index] ??= encodeTail(decision));
  }
  if (!cached) return encodeTail(decision);
  const kept = cachedTails.get(reasons);
  if (kept !== undefined && sameTail(kept.of, decision)) return kept.bytes;
  const bytes = encodeTail(decision);
  cachedTails.set(reasons, { of: decision, bytes });
  return bytes;
}

const sameTail = (a: Decision, b: Decision): boolean =>
  a.provenance === b.provenance &&
  a.obligations === b.obligations &&
  a.status === b.status &&
  a.allowed === b.allowed;

function encodeTail(decision: Decision): Uint8Array {
  const writer = new BinaryWriter();
  if (decision.allowed) writer.tag(2, WireType.Varint).bool(true);
  writer.tag(3, WireType.Varint).int32(STATUS_MEANING[decision.status].wire);
  for (const reason of decision.reasons) writer.tag(4, WireType.LengthDelimited).string(reason);
  if (decision.obligations !== undefined) {
    writer.tag(5, WireType.LengthDelimited).fork();
    writeStruct(writer, decision.obligations);
    writer.join();
  }
  writer.tag(6, WireType.LengthDelimited).bytes(encodeProvenance(decision.provenance));
  if (decision.cached) writer.tag(7, WireType.Varint).bool(true);
  return writer.finish();
}

function varintLength(value: number): number {
  return value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x20_0000 ? 3 : value < 0x1000_0000 ? 4 : 5;
}

function writeVarint(out: Buffer, start: number, value: number): number {
  let at = start;
  let rest = value;
  for (; rest > 0x7f; rest >>>= 7) out[at++] = (rest & 0x7f) | 0x80;
  out[at++] = rest;
  return at;
}
