import { MODE_TYPE, MODE_VALUE } from './program.ts';
import * as memory from './scan-memory.ts';

const { source } = memory;

/**
 * The text of a number or a truth value as a mode shows it; empty where it is the default, which is not there without presence.
 * @param kind its place in `NUMBERS`
 */
export function numberText(
  start: number,
  end: number,
  kind: number,
  hasPresence: boolean,
  mode: number,
): string {
  const text = valueText(start, end, kind);
  if (!hasPresence && (text === '0' || text === 'false')) return '';
  if (mode === MODE_VALUE) return text;
  if (mode === MODE_TYPE) return kind === BOOL ? text : '0';
  return 'null';
}

const INT32 = 0;
const UINT32 = 1;
const BOOL = 3;

/** What JSON.parse and OPA read exactly, and what the decoder leaves to the text of a number. All that is beyond 2^53 keeps its digits in both. */
function valueText(start: number, end: number, kind: number): string {
  if (end - start > 7) {
    let bits = 0n;
    for (let at = end - 1; at >= start; at--) bits = (bits << 7n) | BigInt(source[at]! & 0x7f);
    if (kind === BOOL) return bits === 0n ? 'false' : 'true';
    if (kind === INT32) return String(BigInt.asIntN(32, bits));
    if (kind === UINT32) return String(BigInt.asUintN(32, bits));
    return String(BigInt.asIntN(64, bits));
  }
  let value = 0;
  let factor = 1;
  for (let at = start; at < end; at++, factor *= 128) value += (source[at]! & 0x7f) * factor;
  if (kind === BOOL) return value === 0 ? 'false' : 'true';
  if (kind === INT32) return String(value | 0);
  return String(kind === UINT32 ? value >>> 0 : value);
}
