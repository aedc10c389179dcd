import { Buffer } from 'node:buffer';
import { PortcullisError } from '../errors.ts';
import { archivePath } from './archive-path.ts';
import type { BundleFile } from './bundle.ts';
import { ByteReader } from './byte-reader.ts';
import { gunzip } from './gunzip.ts';
import { paxPath } from './pax.ts';
import { BLOCK_BYTES, parseTarHeader, type TarHeader } from './tar-header.ts';

/** What an archive may cost. Crossing a limit stops the inflating there. */
export interface ArchiveLimits {
  /** Bytes of the whole tar stream. */
  readonly maxInflatedBytes: number;
  /** Bytes of one file. */
  readonly maxFileBytes: number;
  /** Tar headers of every kind. */
  readonly maxEntries: number;
  /** Bytes of a path in UTF-8. */
  readonly maxPathBytes: number;
}

export const DEFAULT_ARCHIVE_LIMITS: ArchiveLimits = {
  maxInflatedBytes: 256 * 1024 * 1024,
  maxFileBytes: 128 * 1024 * 1024,
  maxEntries: 10_000,
  maxPathBytes: 1024,
};

/** Read at once behind the end of the archive. */
const READ_AHEAD_BYTES = 1024 * 1024;

/** Content of a pax or long-name header, beside the path itself: extended attributes of some tar tools. */
const MAX_EXTENSION_BYTES = 64 * 1024;

/**
 * Reads the files of a gzip-compressed tar archive, in the order of the archive. Everything stays in memory and nothing
 * touches the disk. Where tar readers differ, or where they are lenient, the archive is refused, so that no other reader
 * sees other files in the same bytes. Throws the `archive_*` codes.
 */
export async function readArchive(archive: Uint8Array, limits: ArchiveLimits): Promise<BundleFile[]> {
  const reader = new ByteReader(gunzip(archive), limits.maxInflatedBytes);
  try {
    const files = new Map<string, BundleFile>();
    let nameFromExtension: Uint8Array | undefined;
    let extensionPending = false;
    for (let entries = 0; ; entries++) {
      const block = await reader.read(BLOCK_BYTES);
      if (isZero(block)) {
        if (extensionPending) throw invalid('the archive ends with a header for a file that does not follow');
        await readEnd(reader);
        return [...files.values()];
      }
      if (entries >= limits.maxEntries) {
        throw new PortcullisError(
          'archive_too_many_entries',
          `the archive has more than ${limits.maxEntries} entries`,
        );
      }
      const header = parseTarHeader(block);
      if (header.type === 'file' || header.type === 'directory') {
        const path = pathOf(header, nameFromExtension, limits);
        nameFromExtension = undefined;
        extensionPending = false;
        if (header.type === 'directory') continue;
        if (files.has(path)) {
          throw new PortcullisError(
            'archive_duplicate_entry',
            `${JSON.stringify(path)} is in the archive twice`,
          );
        }
        files.set(path, { path, bytes: await readFile(reader, path, header, limits) });
      } else {
        if (extensionPending && header.type !== 'pax-global') throw invalid('two headers name the same file');
        const name = await readExtension(reader, header, limits);
        if (header.type === 'pax-global') continue;
        nameFromExtension = name;
        extensionPending = true;
      }
    }
  } finally {
    await reader.close();
  }
}

function pathOf(header: TarHeader, longName: Uint8Array | undefined, limits: ArchiveLimits): string {
  let name = longName ?? header.name;
  if (header.type === 'directory' && name.at(-1) === 0x2f) name = name.subarray(0, -1);
  // `./` and `/` are the archive's own folder.
  if (header.type === 'directory' && (name.length === 0 || (name.length === 1 && name[0] === 0x2e)))
    return '';
  const path = archivePath(name, limits.maxPathBytes);
  if (path === '') throw new PortcullisError('archive_path_invalid', 'a file has no name');
  return path;
}

async function readFile(
  reader: ByteReader,
  path: string,
  header: TarHeader,
  limits: ArchiveLimits,
): Promise<Uint8Array> {
  if (header.sizeBytes > limits.maxFileBytes) {
    throw new PortcullisError(
      'archive_file_too_large',
      `${JSON.stringify(path)} has ${header.sizeBytes} bytes, more than the ${limits.maxFileBytes} allowed`,
    );
  }
  return await readPadded(reader, header.sizeBytes);
}

/** Reads what a pax or long-name header says and gives the path that it sets. */
async function readExtension(
  reader: ByteReader,
  header: TarHeader,
  limits: ArchiveLimits,
): Promise<Uint8Array | undefined> {
  if (header.sizeBytes > MAX_EXTENSION_BYTES + limits.maxPathBytes) {
    throw new PortcullisError('archive_path_too_long', `an extended header has ${header.sizeBytes} bytes`);
  }
  const content = await readPadded(reader, header.sizeBytes);
  if (header.type === 'long-name') {
    const zero = content.indexOf(0);
    return zero < 0 ? content : content.subarray(0, zero);
  }
  const path = paxPath(content);
  if (header.type === 'pax-global' && path !== undefined) throw invalid('a global pax header sets a path');
  return path;
}

async function readPadded(reader: ByteReader, sizeBytes: number): Promise<Uint8Array> {
  const content = await reader.read(sizeBytes);
  const padding = (BLOCK_BYTES - (sizeBytes % BLOCK_BYTES)) % BLOCK_BYTES;
  if (padding > 0) await reader.read(padding);
  return content;
}

/** After the first zero block: a second one, then nothing but zeros (tar pads to a record of 20 blocks). */
async function readEnd(reader: ByteReader): Promise<void> {
  let rest = await reader.read(BLOCK_BYTES);
  while (rest.length > 0) {
    if (!isZero(rest)) throw invalid('data follows the end of the archive');
    rest = await reader.readUpTo(READ_AHEAD_BYTES);
  }
}

const ZEROS: Uint8Array = new Uint8Array(READ_AHEAD_BYTES);

function isZero(block: Uint8Array): boolean {
  return Buffer.compare(block, ZEROS.subarray(0, block.length)) === 0;
}

function invalid(problem: string): PortcullisError {
  return new PortcullisError('archive_invalid', problem);
}
