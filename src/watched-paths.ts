/** Tells when what a path leads to may have changed: for bundles and certificates, which are files that others replace. */
import { type FSWatcher, watch } from 'node:fs';
import { lstat, readlink, stat } from 'node:fs/promises';
import { isAbsolute, join, parse, resolve, sep } from 'node:path';

interface WatchedFolder {
  readonly identity: string;
  readonly watcher: FSWatcher;
}

/** What decides on where a few paths lead. */
interface Places {
  /** The folders, with what tells one from another that has the same path later. */
  readonly folders: ReadonlyMap<string, string>;
  /** Of the files, or of what is not there yet on the way to them. */
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
 * The folders in which most changes happen that give the paths another content: those of the files, and of every link on the way to them. Where
 * something does not exist yet, the nearest folder that does. Folders that are renamed are not among them, nor those above: the caller
 * looks now and then by itself.
 */
async function placesOf(paths: readonly string[]): Promise<Places> {
  const folders = new Set<string>();
  const names = new Set<string>();
  for (const path of paths) names.add(await follow(path, folders));
  const identities = new Map<string, string>();
  for (const folder of folders) {
    const found = await stat(folder, { bigint: true }).catch(() => undefined);
    // A folder that is made anew often gets the inode of the one that was removed.
    if (found !== undefined) identities.set(folder, `${found.dev}:${found.ino}:${found.birthtimeNs}`);
  }
  return { folders: identities, names };
}

/** The system itself follows 40. */
const MAX_LINKS = 40;

/** Adds the folders on the way of one path, as far as it exists; gives the name of the file. */
async function follow(path: string, folders: Set<string>): Promise<string> {
  let at = parse(path).root;
  /** Of what comes, the next one last. */
  const names = namesOf(path);
  let name = '';
  for (let links = 0; names.length > 0; ) {
    name = names.pop()!;
    const next = join(at, name);
    const found = await lstat(next).catch(() => undefined);
    const target = found?.isSymbolicLink() ? await readlink(next).catch(() => undefined) : undefined;
    // A link is replaced in the folder that holds it.
    if (found === undefined || names.length === 0 || target !== undefined) folders.add(at);
    if (found === undefined) break;
    if (target === undefined) {
      at = next;
      continue;
    }
    if (++links > MAX_LINKS) break;
    if (isAbsolute(target)) at = parse(target).root;
    names.push(...namesOf(target));
  }
  return name;
}

const namesOf = (path: string): string[] => path.slice(parse(path).root.length).split(sep).reverse();
