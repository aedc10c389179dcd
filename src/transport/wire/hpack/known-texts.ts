/**
 * Texts that clients write out in every request, although they are always the same: nghttp2 and Envoy never index `:path`, others
 * not the names of their metadata. Recognised by their encoded bytes, by all connections of a thread: that saves decoding them
 * and making a string, and gives strings whose hash is known to whoever looks them up.
 */

const SLOTS = 256;
const MAX_KEPT_BYTES = 128;

class Slot {
  readonly bytes = new Uint8Array(MAX_KEPT_BYTES);
  length = 0;
  huffman = false;
  text = '';
}

const slots: (Slot | undefined)[] = Array.from({ length: SLOTS }, () => undefined);

/** The text of these bytes, if it is known. */
export function knownText(
  bytes: Uint8Array,
  start: number,
  end: number,
  huffman: boolean,
): string | undefined {
  const length = end - start;
  const slot = slots[slotOf(bytes, start, length)];
  if (slot === undefined || slot.length !== length || slot.huffman !== huffman) return undefined;
  for (let i = 0; i < length; i++) if (slot.bytes[i] !== bytes[start + i]) return undefined;
  return slot.text;
}

/** Keeps it in place of whatever had the same slot. */
export function keepText(
  bytes: Uint8Array,
  start: number,
  end: number,
  huffman: boolean,
  text: string,
): void {
  const length = end - start;
  if (length > MAX_KEPT_BYTES) return;
  const index = slotOf(bytes, start, length);
  const slot = (slots[index] ??= new Slot());
  for (let i = 0; i < length; i++) slot.bytes[i] = bytes[start + i]!;
  slot.length = length;
  slot.huffman = huffman;
  slot.text = text;
}

/** By a few bytes: methods of one service differ in the last ones, names also in the first. */
function slotOf(bytes: Uint8Array, start: number, length: number): number {
  if (length < 4) return length;
  const last = start + length - 1;
  return (
    (length * 7 + bytes[start]! * 3 + bytes[last]! * 31 + bytes[last - 1]! * 5 + bytes[last - 2]!) &
    (SLOTS - 1)
  );
}
