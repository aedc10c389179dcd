import type { Pauses } from '../pauses.ts';

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

const SLICE_BYTES = 512 * 1024;

/** The same, giving other work its turn. */
export async function toSharedBytesInSlices(bytes: Uint8Array, pauses: Pauses): Promise<Uint8Array> {
  if (bytes.buffer instanceof SharedArrayBuffer) return bytes;
  const shared = Buffer.from(new SharedArrayBuffer(bytes.length));
  for (let from = 0; from < bytes.length; from += SLICE_BYTES) {
    shared.set(bytes.subarray(from, from + SLICE_BYTES), from);
    await pauses.perhaps();
  }
  return shared;
}
