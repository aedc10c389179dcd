/**
 * The same bytes in memory that threads share, so that posting them copies nothing. Given back as they are when they
 * lie in shared memory already. To be written by nobody afterwards.
 */
export function toSharedBytes(bytes: Uint8Array): Uint8Array {
  if (bytes.buffer instanceof SharedArrayBuffer) return bytes;
  const shared = Buffer.from(new SharedArrayBuffer(bytes.length));
  shared.set(bytes);
  return shared;
}
