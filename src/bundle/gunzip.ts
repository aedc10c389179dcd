import { crc32, createInflateRaw } from 'node:zlib';
import { PortcullisError } from '../errors.ts';

/** RFC 1952 section 2.3: identification, compression method, flags. */
const MAGIC_1 = 0x1f;
const MAGIC_2 = 0x8b;
const DEFLATE = 8;
const FLAG_EXTRA = 4;
const FLAG_NAME = 8;
const FLAG_COMMENT = 16;
/** Three are reserved. Two announces a checksum of the header, which some readers check, some pass over and no tool writes. */
const REFUSED_FLAGS = 0xe0 | 2;
const FIXED_HEADER_BYTES = 10;
const TRAILER_BYTES = 8;
/** Each chunk is a trip to the thread pool: small ones make large bundles slow. */
const CHUNK_BYTES = 1024 * 1024;

/**
 * Inflates exactly one gzip member, piece by piece: the reader stops inflating by leaving the loop. Stricter than
 * `zlib.createGunzip`, which joins members written one after another and passes over what follows them: two readers
 * that differ there see two archives in the same bytes. Throws `archive_not_gzip`, `archive_truncated`, `archive_invalid`.
 */
export async function* gunzip(archive: Uint8Array): AsyncGenerator<Uint8Array, void, void> {
  const headerBytes = gzipHeaderBytes(archive);
  const inflate = createInflateRaw({ chunkSize: CHUNK_BYTES });
  inflate.end(archive.subarray(headerBytes));
  let checksum = 0;
  let inflatedBytes = 0;
  try {
    for await (const chunk of inflate as AsyncIterable<Buffer>) {
      checksum = crc32(chunk, checksum);
      inflatedBytes += chunk.length;
      yield chunk;
    }
  } catch (error) {
    throw inflateError(error);
  }

  const trailerAt = headerBytes + inflate.bytesWritten;
  const rest = archive.length - trailerAt;
  if (rest < TRAILER_BYTES) throw truncated();
  const trailer = new DataView(archive.buffer, archive.byteOffset + trailerAt, TRAILER_BYTES);
  if (trailer.getUint32(0, true) !== checksum || trailer.getUint32(4, true) !== inflatedBytes % 2 ** 32) {
    throw new PortcullisError('archive_invalid', 'the checksum at the end of the gzip stream does not match');
  }
  if (rest > TRAILER_BYTES) {
    throw new PortcullisError('archive_invalid', `${rest - TRAILER_BYTES} bytes follow the gzip stream`);
  }
}

/** How large an archive says that it is once it is inflated, modulo 4 GiB: true of those that {@link gunzip} takes to their end, a hint before. */
export function inflatedBytesHint(archive: Uint8Array): number {
  if (archive.length < FIXED_HEADER_BYTES + TRAILER_BYTES) return 0;
  return new DataView(archive.buffer, archive.byteOffset + archive.length - 4, 4).getUint32(0, true);
}

function gzipHeaderBytes(archive: Uint8Array): number {
  if (archive.length === 0) throw truncated();
  if (archive[0] !== MAGIC_1 || (archive.length > 1 && archive[1] !== MAGIC_2)) {
    throw new PortcullisError('archive_not_gzip', 'the archive does not begin as gzip does');
  }
  if (archive.length < FIXED_HEADER_BYTES) throw truncated();
  const flags = archive[3] as number;
  if (archive[2] !== DEFLATE || (flags & REFUSED_FLAGS) !== 0) {
    throw new PortcullisError(
      'archive_invalid',
      'the gzip header names a method or flags that are not in use',
    );
  }
  let at = FIXED_HEADER_BYTES;
  if ((flags & FLAG_EXTRA) !== 0) at += 2 + (archive[at] ?? 0) + (archive[at + 1] ?? 0) * 256;
  if ((flags & FLAG_NAME) !== 0) at = afterZero(archive, at);
  if ((flags & FLAG_COMMENT) !== 0) at = afterZero(archive, at);
  if (at >= archive.length) throw truncated();
  return at;
}

function afterZero(archive: Uint8Array, from: number): number {
  const zero = archive.indexOf(0, from);
  return zero < 0 ? archive.length : zero + 1;
}

function inflateError(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'Z_BUF_ERROR') return truncated();
  if (code === 'Z_DATA_ERROR') {
    return new PortcullisError('archive_invalid', 'the compressed data is damaged', { cause: error });
  }
  return error;
}

function truncated(): PortcullisError {
  return new PortcullisError('archive_truncated', 'the gzip stream ends too early');
}
