import { Buffer } from 'node:buffer';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { Decision, Provenance } from '../decision/decision.ts';
import { STATUS_MEANING } from './decision-status.ts';
import { encodeProvenance } from './provenance-writer.ts';
import { writeStruct } from './struct-writer.ts';
import { validUntil, type WireTimestamp } from './valid-until.ts';
import { varintLength, writeVarint } from './varint.ts';

/*
 * Encodes answers straight from the engine's objects. All of a decision but its id and `valid_until` is alike for every
 * answer that comes from the same cached outcome, so those bytes are kept: a hot answer is an id, a copy and a time. The
 * tests hold every field to the generated schemas.
 */

const DECISION = 0x0a;
const DECISION_ID = 0x0a;
const VALID_UNTIL = 0x4a;
const SECONDS = 0x08;
const NANOS = 0x10;

/** Encodes a CheckResponse. */
export function writeCheckResponse(decision: Decision): Uint8Array {
  return writeBatchResponse([decision]);
}

/** Encodes a BatchCheckResponse; with one decision it is a CheckResponse as well. */
export function writeBatchResponse(decisions: readonly Decision[]): Uint8Array {
  const parts = decisions.map(partsOf);
  const size = parts.reduce((sum, { length }) => sum + 1 + varintLength(length) + length, 0);
  const out = Buffer.allocUnsafe(size);
  let at = 0;
  for (const { id, idLength, tail, until, length } of parts) {
    out[at++] = DECISION;
    at = writeVarint(out, at, length);
    out[at++] = DECISION_ID;
    at = writeVarint(out, at, idLength);
    at += out.write(id, at);
    out.set(tail, at);
    at += tail.length;
    if (until !== undefined) at = writeValidUntil(out, at, until);
  }
  return out;
}

/** What a decision is written from; `length` is what it takes as a message. */
interface Parts {
  readonly id: string;
  readonly idLength: number;
  /** The fields between the id and `valid_until`. */
  readonly tail: Uint8Array;
  readonly until: WireTimestamp | undefined;
  readonly length: number;
}

function partsOf(decision: Decision): Parts {
  const { id } = decision;
  const idLength = Buffer.byteLength(id);
  const tail = tailOf(decision);
  const until = validUntil(decision.validUntilMs);
  const untilLength = until === undefined ? 0 : 2 + timestampLength(until);
  const length = 1 + varintLength(idLength) + idLength + tail.length + untilLength;
  return { id, idLength, tail, until, length };
}

const timestampLength = ({ seconds, nanos }: WireTimestamp): number =>
  2 + varintLength(seconds) + varintLength(nanos);

/** The length of a timestamp is always one byte. */
function writeValidUntil(out: Buffer, start: number, until: WireTimestamp): number {
  let at = start;
  out[at++] = VALID_UNTIL;
  out[at++] = timestampLength(until);
  out[at++] = SECONDS;
  at = writeVarint(out, at, until.seconds);
  out[at++] = NANOS;
  return writeVarint(out, at, until.nanos);
}

/** The engine gives every answer of an entrypoint the same provenance until the next activation: all that is left to differ is in the index. */
const plainTails = new WeakMap<Provenance, Uint8Array[]>();
/** The engine gives every cached answer its outcome's reasons, the same array each time. */
const cachedTails = new WeakMap<readonly string[], { of: Decision; bytes: Uint8Array }>();

/** The fields of a decision after its id, but for `valid_until`. */
function tailOf(decision: Decision): Uint8Array {
  const { allowed, provenance, reasons, obligations, cached, cacheable } = decision;
  if (reasons.length === 0 && obligations === undefined) {
    let tails = plainTails.get(provenance);
    if (tails === undefined) plainTails.set(provenance, (tails = []));
    const flags = (allowed ? 4 : 0) + (cached ? 2 : 0) + (cacheable ? 1 : 0);
    const index = STATUS_MEANING[decision.status].wire * 8 + flags;
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
  a.allowed === b.allowed &&
  a.cacheable === b.cacheable;

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
  if (decision.cacheable) writer.tag(8, WireType.Varint).bool(true);
  return writer.finish();
}
