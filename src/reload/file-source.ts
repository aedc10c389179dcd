import { createHash } from 'node:crypto';
import { type FileHandle, open, realpath } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { type FSWatcher, watch } from 'chokidar';
import { PortcullisError, toPortcullisError } from '../errors.ts';
import type { BundleSource, PollResult } from './source.ts';

/** Events of one change arrive in bursts; the poll waits for the burst to end. */
const SETTLE_MS = 50;

/**
 * A bundle in a file. Reads through one handle, so that a file replaced meanwhile does not mix with its successor; one
 * that is still being written fails its checks and is read again at the next event.
 */
export class FileSource implements BundleSource {
  readonly name: string;
  readonly #path: string;
  readonly #maxArchiveBytes: number;

  /** `path` is absolute. */
  constructor(path: string, maxArchiveBytes: number) {
    this.name = `file:${path}`;
    this.#path = resolve(path);
    this.#maxArchiveBytes = maxArchiveBytes;
  }

  async poll(etag: string | undefined, _signal: AbortSignal): Promise<PollResult> {
    const bytes = await this.#read();
    const digest = createHash('sha256').update(bytes).digest('hex');
    return digest === etag ? { kind: 'not-modified' } : { kind: 'archive', bytes, etag: digest };
  }

  /**
   * Watches folders, not the file: an atomic rename replaces the file's inode, and a Kubernetes ConfigMap is changed by
   * replacing a link (`..data`) beside it. Where the folder does not exist yet, its nearest existing ancestor is watched.
   */
  watch(changed: () => void, signal: AbortSignal): void {
    let settle: NodeJS.Timeout | undefined;
    let watched: ReadonlySet<string> = new Set();
    // Initial events are wanted: they come once a folder is really watched, so that nothing slips in before.
    const watcher: FSWatcher = watch([], { depth: 0, followSymlinks: false, ignoreInitial: false });
    const follow = async (): Promise<void> => {
      const folders = await foldersOf(this.#path);
      if (signal.aborted) return;
      watcher.add([...folders].filter((folder) => !watched.has(folder)));
      watcher.unwatch([...watched].filter((folder) => !folders.has(folder)));
      watched = folders;
    };
    const onEvent = (): void => {
      clearTimeout(settle);
      settle = setTimeout(() => void follow().then(changed), SETTLE_MS);
    };
    watcher.on('all', onEvent).on('error', onEvent);
    void follow();
    signal.addEventListener('abort', () => {
      clearTimeout(settle);
      void watcher.close();
    });
  }

  async #read(): Promise<Uint8Array> {
    let handle: FileHandle | undefined;
    try {
      handle = await open(this.#path, 'r');
      const { size } = await handle.stat();
      if (size > this.#maxArchiveBytes) {
        const message = `${this.#path} has ${size} bytes; the limit is ${this.#maxArchiveBytes}`;
        throw new PortcullisError('archive_too_large', message);
      }
      return await handle.readFile();
    } catch (thrown) {
      throw toPortcullisError(thrown, 'io_failed');
    } finally {
      await handle?.close();
    }
  }
}

/** The folders in which a change can give the path another content: its own, and those that its links lead to. */
async function foldersOf(path: string): Promise<ReadonlySet<string>> {
  const folders = new Set<string>();
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const real = await realpath(folder).catch(() => undefined);
    // A link on the way is replaced in the folder that holds it, so that one is watched as well.
    if (real !== undefined) folders.add(real);
    if (real === folder || folder === dirname(folder)) break;
  }
  const file = await realpath(path).catch(() => undefined);
  if (file !== undefined) folders.add(dirname(file));
  return folders;
}
