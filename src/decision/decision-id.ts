import { Buffer } from 'node:buffer';
import { randomFillSync } from 'node:crypto';

/** Made at once: fewer cost more each, more keep more memory. */
const IDS = 512;
const RANDOM_BYTES = 16;
const CHARACTERS = 36;

const DASH = 0x2d;

/** The two hexadecimal digits of each byte, as characters. */
const HIGH: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte.toString(16).padStart(2, '0').charCodeAt(0),
);
const LOW: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte.toString(16).padStart(2, '0').charCodeAt(1),
);

const random = new Uint8Array(IDS * RANDOM_BYTES);
const characters = Buffer.alloc(IDS * CHARACTERS, DASH);

let texts = '';
let next = 0;

/**
 * A random UUID (RFC 9562, version 4) as text. `crypto.randomUUID` draws its random bytes in advance as well, but joins 20
 * strings for each id; here the text of many is made in one piece, of which an id is a part: half of the time, and it is
 * written to an answer or a log without being put together first. An id keeps the 18 KiB of its piece.
 */
export function decisionId(): string {
  if (next === texts.length) refill();
  const from = next;
  next += CHARACTERS;
  return texts.slice(from, next);
}

/** `xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx`; the dashes are there. */
function refill(): void {
  randomFillSync(random);
  let at = 0;
  for (let from = 0; from < random.length; from += RANDOM_BYTES) {
    random[from + 6] = (random[from + 6]! & 0x0f) | 0x40;
    random[from + 8] = (random[from + 8]! & 0x3f) | 0x80;
    at = writeDigits(from, from + 4, at) + 1;
    at = writeDigits(from + 4, from + 6, at) + 1;
    at = writeDigits(from + 6, from + 8, at) + 1;
    at = writeDigits(from + 8, from + 10, at) + 1;
    at = writeDigits(from + 10, from + 16, at);
  }
  texts = characters.toString('latin1');
  next = 0;
}

/** Writes the digits of some random bytes, and gives the place behind them. */
function writeDigits(from: number, to: number, start: number): number {
  let at = start;
  for (let i = from; i < to; i++) {
    const byte = random[i]!;
    characters[at++] = HIGH[byte]!;
    characters[at++] = LOW[byte]!;
  }
  return at;
}
