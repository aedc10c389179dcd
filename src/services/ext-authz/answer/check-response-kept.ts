import { Buffer } from 'node:buffer';
import type { Decision, DecisionStatus, Provenance } from '../../../decision/decision.ts';
import { varintLength, writeVarint } from '../../varint.ts';
import { DECISION_ID } from './check-response-metadata.ts';
import type { Spellings } from './identity-headers.ts';

/*
 * All of an answer but the decision's id is alike for every answer that comes from the same cached outcome, unless it depends on the
 * request's headers. Those bytes are kept: a hot answer is an id and a copy.
 */

/** What an answer is made of beside the decision's id. */
export interface Answer {
  /** Of which decisions. Not one of them: it would keep its request in memory. */
  readonly provenance: Provenance;
  readonly reasons: readonly string[];
  readonly status: DecisionStatus;
  readonly allowed: boolean;
  /** For a request without further twins and conditions. */
  readonly frame: Frame;
  /** Of an answer that lets the request pass: the names of which it removes the twins that the request holds. */
  readonly further: Spellings;
  /** Whether what stands before the metadata depends on the request's headers beyond twins. */
  readonly conditional: boolean;
  /** Whether it may depend on the request's headers at all. */
  readonly asksHeaders: boolean;
}

/** Answers without reasons and obligations: found in the cache, and evaluated. */
interface PlainAnswers {
  readonly cached: Partial<Record<DecisionStatus, Answer>>;
  readonly evaluated: Partial<Record<DecisionStatus, Answer>>;
}

interface Kept {
  /** The engine gives every answer of an entrypoint the same provenance until the next activation. */
  readonly plain: WeakMap<Provenance, PlainAnswers>;
  /** The engine gives every cached answer its outcome's obligations and reasons, the same objects each time. */
  readonly cached: WeakMap<object, Answer>;
}

const keptByOptions = new WeakMap<object, Kept>();

/** The answer as it was encoded before, for the same outcome and the same options, or as `encode` makes it now. */
export function keptAnswer<Options extends object>(
  decision: Decision,
  options: Options,
  encode: (decision: Decision, options: Options) => Answer,
): Answer {
  let kept = keptByOptions.get(options);
  if (kept === undefined)
    keptByOptions.set(options, (kept = { plain: new WeakMap(), cached: new WeakMap() }));
  const { provenance, reasons, obligations, status, failure } = decision;
  if (failure !== undefined) return encode(decision, options);
  if (reasons.length === 0 && obligations === undefined) {
    let plain = kept.plain.get(provenance);
    if (plain === undefined) kept.plain.set(provenance, (plain = { cached: {}, evaluated: {} }));
    const answers = decision.cached ? plain.cached : plain.evaluated;
    const answer = answers[status];
    if (answer?.allowed === decision.allowed) return answer;
    return (answers[status] = encode(decision, options));
  }
  if (!decision.cached) return encode(decision, options);
  const key = obligations ?? reasons;
  const answer = kept.cached.get(key);
  if (answer !== undefined && isSame(answer, decision)) return answer;
  const encoded = encode(decision, options);
  kept.cached.set(key, encoded);
  return encoded;
}

/** Of an answer and a decision with the same key. */
const isSame = (a: Answer, b: Decision): boolean =>
  a.provenance === b.provenance &&
  a.reasons === b.reasons &&
  a.status === b.status &&
  a.allowed === b.allowed;

const FIELD_METADATA = 0x22;
/** A field of a Struct: the entry, its key and its value's text. */
const FIELD_ENTRY = 0x0a;
const KEY = Buffer.from(`\x0a${String.fromCharCode(DECISION_ID.length)}${DECISION_ID}\x12`);
const FIELD_TEXT = 0x1a;

/** An encoded answer with room for an id. */
export interface Frame {
  readonly bytes: Uint8Array;
  /** Where the metadata begins. */
  readonly metadataAt: number;
  /** Where the id stands; the rest of the metadata follows it. */
  readonly idAt: number;
}

/** The engine's ids are UUIDs. */
const ID_LENGTH = 36;

/** Of the fields before the metadata, and of those of the metadata but for the id, which comes first in it. */
export function frameOf(head: Uint8Array, metadata: Uint8Array, idLength: number = ID_LENGTH): Frame {
  const valueLength = 1 + varintLength(idLength) + idLength;
  const entryLength = KEY.length + varintLength(valueLength) + valueLength;
  const length = 1 + varintLength(entryLength) + entryLength + metadata.length;
  const bytes = Buffer.alloc(head.length + 1 + varintLength(length) + length);
  bytes.set(head);
  let at = head.length;
  bytes[at++] = FIELD_METADATA;
  at = writeVarint(bytes, at, length);
  bytes[at++] = FIELD_ENTRY;
  at = writeVarint(bytes, at, entryLength);
  bytes.set(KEY, at);
  at = writeVarint(bytes, at + KEY.length, valueLength);
  bytes[at++] = FIELD_TEXT;
  at = writeVarint(bytes, at, idLength);
  bytes.set(metadata, at + idLength);
  return { bytes, metadataAt: head.length, idAt: at };
}

/** The same answer with other fields before the metadata. */
export const withHead = ({ bytes, idAt }: Frame, head: Uint8Array): Frame =>
  frameOf(head, bytes.subarray(idAt + ID_LENGTH));

/** The answer with this id. */
export function joinAnswer(frame: Frame, id: string): Uint8Array {
  const { bytes, idAt } = frame;
  if (id.length !== ID_LENGTH) return withOtherId(frame, id);
  const out = Buffer.allocUnsafe(bytes.length);
  out.set(bytes);
  out.write(id, idAt, 'latin1');
  return out;
}

function withOtherId({ bytes, metadataAt, idAt }: Frame, id: string): Uint8Array {
  const text = Buffer.from(id);
  const other = frameOf(bytes.subarray(0, metadataAt), bytes.subarray(idAt + ID_LENGTH), text.length);
  text.copy(other.bytes, other.idAt);
  return other.bytes;
}
