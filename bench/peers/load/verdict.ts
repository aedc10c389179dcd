/** What answers say, read from the payload of a DATA frame. Every answer of a run is compared with what it ought to be. */
import type { Protocol } from './job.ts';

export const NONE = 0;
export const DENIED = 1;
export const ALLOWED = 2;
export type Verdict = typeof NONE | typeof DENIED | typeof ALLOWED;

export type ReadVerdict = (bytes: Buffer, at: number, end: number) => Verdict;

export const READERS: Readonly<Record<Protocol, ReadVerdict>> = {
  ext_authz: (bytes, at, end) => (isWholeMessage(bytes, at, end) ? checkResponse(bytes, at + 5, end) : NONE),
  cerbos: (bytes, at, end) => (isWholeMessage(bytes, at, end) ? checkResources(bytes, at + 5, end) : NONE),
  // {"result":true}; without a result the rule is undefined.
  opa: (bytes, at, end) => {
    if (bytes[at] !== 0x7b) return NONE;
    return bytes.toString('latin1', at, end).includes('"result":true') ? ALLOWED : DENIED;
  },
};

const isWholeMessage = (bytes: Buffer, at: number, end: number): boolean =>
  end - at >= 5 && bytes[at] === 0 && bytes.readUInt32BE(at + 1) === end - at - 5;

/** `envoy.service.auth.v3.CheckResponse`: `status` (1) with `code` (1), which is 0 when it is left out. */
function checkResponse(bytes: Buffer, start: number, end: number): Verdict {
  const status = field(bytes, start, end, 1);
  if (status < 0) return ALLOWED;
  const code = field(bytes, content(bytes, status), afterContent(bytes, status), 1);
  return code < 0 || bytes[code] === 0 ? ALLOWED : DENIED;
}

/** `cerbos.response.v1.CheckResourcesResponse`: `results` (2) with `actions` (2), entries of `key` (1) and `value` (2): EFFECT_ALLOW is 1. */
function checkResources(bytes: Buffer, start: number, end: number): Verdict {
  const result = field(bytes, start, end, 2);
  if (result < 0) return NONE;
  const entry = field(bytes, content(bytes, result), afterContent(bytes, result), 2);
  if (entry < 0) return NONE;
  const effect = field(bytes, content(bytes, entry), afterContent(bytes, entry), 2);
  return effect >= 0 && bytes[effect] === 1 ? ALLOWED : DENIED;
}

/** Where the value of a field begins (its length, where it has one); -1 when there is none. */
function field(bytes: Buffer, start: number, end: number, wanted: number): number {
  let at = start;
  while (at < end) {
    const tag = bytes[at++]!;
    if (tag >>> 3 === wanted) return at;
    if ((tag & 7) === 2) at = afterContent(bytes, at);
    else if ((tag & 7) === 0) while (bytes[at++]! >= 0x80);
    else at += (tag & 7) === 1 ? 8 : 4;
  }
  return -1;
}

/** Lengths below 16,384: two bytes at most. */
const content = (bytes: Buffer, at: number): number => (bytes[at]! < 0x80 ? at + 1 : at + 2);
const afterContent = (bytes: Buffer, at: number): number =>
  bytes[at]! < 0x80 ? at + 1 + bytes[at]! : at + 2 + (bytes[at]! & 0x7f) + (bytes[at + 1]! << 7);
