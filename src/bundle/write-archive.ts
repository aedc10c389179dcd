import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { PortcullisError } from '../errors.ts';
import { normalizePath } from './archive-path.ts';
import type { BundleFile } from './bundle.ts';

/** RFC 1952 section 2.3.1: 255 says "unknown", where zlib would write the operating system it runs on. */
const GZIP_OS_OFFSET = 9;
const GZIP_OS_UNKNOWN = 255;

/**
 * Writes files as a gzip-compressed tar archive. The same files give the same bytes, in whatever order they come: sorted
 * by path, no owner, no time, one mode. Paths get a leading slash, as `opa build` writes them, because OPA looks modules
 * up by the path in the manifest (`/policy.wasm`). Throws `archive_duplicate_entry` and the `archive_path_*` codes.
 */
export async function writeArchive(files: readonly BundleFile[]): Promise<Uint8Array<ArrayBuffer>> {
  const tar = pack();
  const sorted = [...files].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  let previous: string | undefined;
  for (const file of sorted) {
    const path = normalizePath(file.path);
    if (path === previous) {
      throw new PortcullisError('archive_duplicate_entry', `${JSON.stringify(path)} is given twice`);
    }
    previous = path;
    tar.entry(
      { name: `/${path}`, type: 'file', mode: 0o600, uid: 0, gid: 0, mtime: new Date(0) },
      Buffer.from(file.bytes.buffer, file.bytes.byteOffset, file.bytes.byteLength),
    );
  }
  tar.finalize();
  const archive = gzipSync(await buffer(tar), { level: 9 });
  archive[GZIP_OS_OFFSET] = GZIP_OS_UNKNOWN;
  return new Uint8Array(archive);
}
