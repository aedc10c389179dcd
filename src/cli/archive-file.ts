/** Archives on disk: read whole, replaced whole. */
import { randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { DEFAULT_ARCHIVE_LIMITS, readArchive } from '../bundle/archive.ts';
import type { BundleFile } from '../bundle/bundle.ts';
import { PortcullisError, toPortcullisError } from '../errors.ts';
import { readNamedFile } from './input.ts';
import type { CliIo } from './io.ts';

/** The files of an archive, not verified. Throws PortcullisError: `io_failed`, `archive_*`. */
export async function readArchiveFile(io: CliIo, path: string): Promise<readonly BundleFile[]> {
  return readArchive(await readNamedFile(io, path), DEFAULT_ARCHIVE_LIMITS);
}

/** Writes beside the file and renames, so that a watching server never sees half of it. Throws PortcullisError: `io_failed`. */
export async function replaceFile(io: CliIo, path: string, bytes: Uint8Array): Promise<void> {
  const file = resolve(io.cwd, path);
  const aside = `${file}.${randomUUID()}.tmp`;
  try {
    await using handle = await open(aside, 'wx', 0o644);
    await handle.writeFile(bytes);
    await handle.sync();
    await rename(aside, file);
  } catch (thrown) {
    await rm(aside, { force: true });
    throw new PortcullisError('io_failed', `cannot write ${path}: ${toPortcullisError(thrown).message}`, {
      cause: thrown,
    });
  }
}
