import { asBuffer } from './as-buffer.ts';

/**
 * Whether JSON text nests deeper than `maxDepth` arrays and objects. The module's parser and printer recurse, so
 * depth costs stack. Most texts are settled without looking at each byte: they are shorter than the brackets such a
 * depth needs, or hold few opening ones.
 */
export function nestsDeeperThan(json: Uint8Array, maxDepth: number): boolean {
  if (json.length <= 2 * maxDepth) return false;
  const most = Math.min(maxDepth, COUNTED_BRACKETS);
  if (holdsAtMost(asBuffer(json), most, OPENING_BRACKET, OPENING_BRACE)) return false;
  return scan(json, maxDepth);
}

const OPENING_BRACKET = 0x5b;
const OPENING_BRACE = 0x7b;

/** Counting is native and skips whole words, but each hit costs a call: worth it for few. */
const COUNTED_BRACKETS = 64;

function holdsAtMost(json: Buffer, most: number, ...wanted: readonly number[]): boolean {
  let count = 0;
  for (const byte of wanted) {
    for (let at = json.indexOf(byte); at !== -1; at = json.indexOf(byte, at + 1)) {
      if (++count > most) return false;
    }
  }
  return true;
}

function scan(json: Uint8Array, maxDepth: number): boolean {
  let depth = 0;
  for (let at = 0; at < json.length; at++) {
    switch (json[at] as number) {
      case 0x22: // "
        at = endOfString(json, at);
        break;
      case OPENING_BRACKET:
      case OPENING_BRACE:
        if (++depth > maxDepth) return true;
        break;
      case 0x5d: // ]
      case 0x7d: // }
        depth--;
        break;
      default:
    }
  }
  return false;
}

function endOfString(json: Uint8Array, start: number): number {
  let at = start + 1;
  while (at < json.length && json[at] !== 0x22) at += json[at] === 0x5c ? 2 : 1;
  return at;
}
