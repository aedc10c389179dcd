/** Inflates compressed messages (gRPC over HTTP/2, "Compressed-Flag"; grpc/doc/compression.md). */
import type { Buffer } from 'node:buffer';
import { gunzip, inflate as inflateZlib } from 'node:zlib';
import type { GrpcEncoding } from './encoding.ts';

/** A message longer than allowed (RESOURCE_EXHAUSTED), or bytes that are not what they are said to be (INTERNAL). */
export type InflateFault = 'oversized' | 'broken';

/**
 * The message, or why there is none; off this thread, and never setting aside more than about `maxBytes`. `deflate` means the zlib format
 * (RFC 1950), as it does to all gRPC libraries. The caller refuses a flag without an encoding before (INTERNAL).
 */
export function inflate(
  encoding: Exclude<GrpcEncoding, 'identity'>,
  bytes: Uint8Array,
  maxBytes: number,
): Promise<Buffer | InflateFault> {
  return new Promise((resolve) => {
    const options = { maxOutputLength: Math.max(maxBytes, 1) };
    const done = (error: NodeJS.ErrnoException | null, message: Buffer): void => {
      if (error === null) resolve(message.length > maxBytes ? 'oversized' : message);
      else resolve(error.code === 'ERR_BUFFER_TOO_LARGE' ? 'oversized' : 'broken');
    };
    if (encoding === 'gzip') gunzip(bytes, options, done);
    else inflateZlib(bytes, options, done);
  });
}
