import type { Buffer } from 'node:buffer';

/** How many bytes a number takes as a varint; up to 2^42, beyond every length and the last second of a timestamp. */
export function varintLength(value: number): number {
  if (value < 0x1000_0000) return value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x20_0000 ? 3 : 4;
  return value < 2 ** 35 ? 5 : 6;
}

/** Writes a number as a varint; returns where it ends. */
export function writeVarint(out: Buffer, start: number, value: number): number {
  let at = start;
  let rest = value;
  // Shifts are for 32 bits.
  for (; rest > 0x7fff_ffff; rest = Math.floor(rest / 0x80)) out[at++] = (rest % 0x80) | 0x80;
  for (; rest > 0x7f; rest >>>= 7) out[at++] = (rest & 0x7f) | 0x80;
  out[at++] = rest;
  return at;
}
