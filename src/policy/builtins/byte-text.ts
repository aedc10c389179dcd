/**
 * Bytes that are no UTF-8 in a string, as Go keeps them there. Each such byte becomes a lone low surrogate, U+DC00 and the
 * byte, which no text from elsewhere holds: different bytes stay different, each counts as one character, and what leaves as
 * JSON has U+FFFD in its place, all as in OPA.
 */

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const ESCAPE = 0xdc00;

/** The string that OPA's would be. Builtins that need the bytes refuse it where it holds escaped ones (`stringOperand`). */
export function byteText(bytes: Uint8Array): string {
  let text = '';
  let from = 0;
  for (let at = 0; at < bytes.length; ) {
    const size = characterSize(bytes, at);
    if (size === 0) {
      text += utf8.decode(bytes.subarray(from, at)) + String.fromCharCode(ESCAPE + bytes[at]!);
      from = at + 1;
    }
    at += Math.max(size, 1);
  }
  return text + utf8.decode(bytes.subarray(from));
}

/** The bytes that a string of `byteText` stands for; of other strings, their UTF-8. */
export function bytesOfText(text: string): Buffer {
  // With the flag "u", lone surrogates only.
  const pieces = text.split(/([\udc80-\udcff])/u);
  return Buffer.concat(
    pieces.map((piece, at) => (at % 2 === 1 ? Buffer.of(piece.charCodeAt(0) - ESCAPE) : Buffer.from(piece))),
  );
}

/** How many bytes the character at an offset has (RFC 3629 section 4); 0 where there is none. */
function characterSize(bytes: Uint8Array, at: number): number {
  const lead = bytes[at]!;
  if (lead < 0x80) return 1;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  const size = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  const [lowest, highest] = SECOND.get(lead) ?? [0x80, 0xbf];
  const second = bytes[at + 1];
  if (second === undefined || second < lowest || second > highest) return 0;
  for (let i = 2; i < size; i++) {
    const byte = bytes[at + i];
    if (byte === undefined || (byte & 0xc0) !== 0x80) return 0;
  }
  return size;
}

/** Where not every second byte goes with the first: overlong forms, surrogates, and what is beyond Unicode. */
const SECOND: ReadonlyMap<number, readonly [number, number]> = new Map([
  [0xe0, [0xa0, 0xbf]],
  [0xed, [0x80, 0x9f]],
  [0xf0, [0x90, 0xbf]],
  [0xf4, [0x80, 0x8f]],
]);
