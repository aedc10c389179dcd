import { type FSWatcher, watch } from 'node:fs';

/** @param name of what was made, removed, renamed or written in the folder; null: the system does not tell */
export type OnFolderEvent = (event: 'rename' | 'change', name: string | null) => void;

interface WatchedFolder {
  readonly identity: string;
  readonly watcher: FSWatcher;
}

/** Folders that are watched, not what is in their folders. */
export class WatchedFolders {
  readonly #onEvent: OnFolderEvent;
  readonly #folders = new Map<string, WatchedFolder>();

  constructor(onEvent: OnFolderEvent) {
    this.#onEvent = onEvent;
  }

  /**
   * Watches these folders from now on, and no others. A folder that was removed and made again has the same path, and nobody watches it
   * yet: the identity tells. True: some are watched only now, and what changed in them before nobody told.
   * @param folders by path, with what tells one from another that has the same path later
   */
  follow(folders: ReadonlyMap<string, string>): boolean {
    for (const [path, { identity, watcher }] of this.#folders) {
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
    for (const { watcher } of this.#folders.values()) watcher.close();
    this.#folders.clear();
  }

  /** Undefined when it cannot be watched now: it is gone, or the system watches too many already. */
  #watch(path: string): FSWatcher | undefined {
    try {
      const watcher = watch(path, { persistent: false }, this.#onEvent);
      // It is of no more use, and its folder may be gone: as good as a change.
      return watcher.on('error', () => {
        if (this.#folders.get(path)?.watcher === watcher) this.#folders.delete(path);
        this.#onEvent('rename', null);
      });
    } catch {
      return undefined;
    }
  }
}
