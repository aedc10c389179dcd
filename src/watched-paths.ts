/** Tells when what a path leads to may have changed: for bundles and certificates, which are files that others replace. */
import { type FSWatcher, watch } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';

interface WatchedFolder {
  readonly identity: string;
  readonly watcher: FSWatcher;
}

/** What decides on where a few paths lead. */
interface Places {
  /** The folders, with what tells one from another that has the same path later. */
  readonly folders: ReadonlyMap<string, string>;
  /** Of the files, by whatever path. */
  readonly names: ReadonlySet<string>;
}

/**
 * Watches folders, not files: an atomic rename replaces the file's inode, and a Kubernetes ConfigMap is changed by replacing a link
 * (`..data`) beside it. By `fs.watch` itself, which begins at once and says what changed.
 */
export class WatchedPaths {
  readonly #paths: readonly string[];
  readonly #onEvent: () => void;
  readonly #folders = new Map<string, WatchedFolder>();
  #names: ReadonlySet<string> = new Set();
  #closed = false;

  /** Nothing is watched before the first `look`. `onEvent`: the caller looks at the files, and here again. */
  constructor(paths: readonly string[], onEvent: () => void) {
    this.#paths = paths.map((path) => resolve(path));
    this.#onEvent = onEvent;
  }

  /**
   * Watches the folders that the paths lead through now, and no others. True: some are watched only now, and what changed in them before
   * nobody told. One call at a time.
   */
  async look(): Promise<boolean> {
    const { folders, names } = await placesOf(this.#paths);
    if (this.#closed) return false;
    this.#names = names;
    for (const [path, { identity, watcher }] of this.#folders) {
      // A folder that was removed and made again has the same path, and nobody watches it yet.
      if (folders.get(path) === identity) continue;
      watcher.close();
      this.#folders.delete(path);
    }
    let isNew = false;
    for (const [path, identity] of folders) {
      if (this.#folders.has(path)) continue;
      const watcher = this.#watch(path);
      if (watcher === undefined) continue;
      this.#folders.set(path, { identity, watcher });
      isNew = true;
    }
    return isNew;
  }

  close(): void {
    this.#closed = true;
    for (const { watcher } of this.#folders.values()) watcher.close();
    this.#folders.clear();
  }

  /** Undefined when it cannot be watched now: it is gone, or the system watches too many already. */
  #watch(path: string): FSWatcher | undefined {
    try {
      const watcher = watch(path, { persistent: false }, (event, name) => {
        // A neighbour that is written, as a log beside the file is with every batch, changes nothing for the path.
        if (event === 'rename' || name === null || this.#names.has(name)) this.#onEvent();
      });
      // It is of no more use, and its folder may be gone: as good as a change.
      return watcher.on('error', () => {
        if (this.#folders.get(path)?.watcher === watcher) this.#folders.delete(path);
        this.#onEvent();
      });
    } catch {
      return undefined;
    }
  }
}

/**
 * The folders in which most changes happen that give the paths another content: their own, and those that their links lead to. Where a folder
 * does not exist yet, its nearest existing ancestor. A link between links in yet another folder, and folders above that are renamed,
 * are not among them: the caller looks now and then by itself.
 */
async function placesOf(paths: readonly string[]): Promise<Places> {
  const folders = new Set<string>();
  const names = new Set<string>();
  for (const path of paths) {
    for (let folder = dirname(path); ; folder = dirname(folder)) {
      const real = await realpath(folder).catch(() => undefined);
      // A link on the way is replaced in the folder that holds it, so that one is watched as well.
      if (real !== undefined) folders.add(real);
      if (real === folder || folder === dirname(folder)) break;
    }
    const file = await realpath(path).catch(() => undefined);
    if (file !== undefined) folders.add(dirname(file));
    names.add(basename(path)).add(basename(file ?? path));
  }
  const identities = new Map<string, string>();
  for (const folder of folders) {
    const found = await stat(folder, { bigint: true }).catch(() => undefined);
    if (found !== undefined) identities.set(folder, `${found.dev}:${found.ino}:${found.birthtimeNs}`);
  }
  return { folders: identities, names };
}
