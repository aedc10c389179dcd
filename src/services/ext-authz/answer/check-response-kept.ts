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
  readonly of: Decision;
  /** The fields before the metadata, for a request without further twins and conditions. */
  readonly head: Uint8Array;
  /** The fields of the metadata but for the id. */
  readonly metadata: Uint8Array;
  /** Of an answer that lets the request pass: the names of which it removes the twins that the request holds. */
  readonly further: Spellings | undefined;
  /** Whether the head depends on the request's headers beyond twins. */
  readonly conditional: boolean;
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
    if (answer?.of.allowed === decision.allowed) return answer;
    return (answers[status] = encode(decision, options));
  }
  if (!decision.cached) return encode(decision, options);
  const key = obligations ?? reasons;
  const answer = kept.cached.get(key);
  if (answer !== undefined && isSame(answer.of, decision)) return answer;
  const encoded = encode(decision, options);
  kept.cached.set(key, encoded);
  return encoded;
}

/** Of two decisions with the same key. */
const isSame = (a: Decision, b: Decision): boolean =>
  a.provenance === b.provenance &&
  a.reasons === b.reasons &&
  a.status === b.status &&
  a.allowed === b.allowed;

const FIELD_METADATA = 0x22;
/** A field of a Struct: the entry, its key and its value's text. */
const FIELD_ENTRY = 0x0a;
const KEY = Buffer.from(`\x0a${String.fromCharCode(DECISION_ID.length)}${DECISION_ID}\x12`);
const FIELD_TEXT = 0x1a;

/** Puts an answer together: head, and metadata that begins with the id. */
export function joinAnswer(head: Uint8Array, id: string, metadata: Uint8Array): Uint8Array {
  const idLength = Buffer.byteLength(id);
  const valueLength = 1 + varintLength(idLength) + idLength;
  const entryLength = KEY.length + varintLength(valueLength) + valueLength;
  const length = 1 + varintLength(entryLength) + entryLength + metadata.length;
  const out = Buffer.allocUnsafe(head.length + 1 + varintLength(length) + length);
  out.set(head);
  let at = head.length;
  out[at++] = FIELD_METADATA;
  at = writeVarint(out, at, length);
  out[at++] = FIELD_ENTRY;
  at = writeVarint(out, at, entryLength);
  out.set(KEY, at);
  at = writeVarint(out, at + KEY.length, valueLength);
  out[at++] = FIELD_TEXT;
  at = writeVarint(out, at, idLength);
  at += out.write(id, at);
  out.set(metadata, at);
  return out;
}
