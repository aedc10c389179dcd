/** The pieces in which requests arrive, as they are held until the request is whole. */

/** What V8 and Node keep for a piece beside its bytes: a client may send byte by byte. */
export const PIECE_BYTES = 256;

/** Node reads up to 64 KiB from a socket at once, and a small part would keep all of that for as long as it is held. */
export function unpinned(piece: Buffer): Buffer {
  if (piece.length * 4 > piece.buffer.byteLength) return piece;
  const copy = Buffer.allocUnsafeSlow(piece.length);
  piece.copy(copy);
  return copy;
}
