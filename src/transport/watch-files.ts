/** Tells when one of a few files may have changed, in whatever way: written, renamed over, or behind a swapped symlink. */
import { type FSWatcher, realpathSync, watch } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** Writers replace certificate and key one after the other. */
const SETTLE_MS = 100;
/** Network file systems notify nobody, and a symlink further up the path may be swapped unseen. */
const RECHECK_MS = 10_000;

/**
 * Calls back, one call at a time, soon after something changed in the folders of `paths` or in those that their symlinks lead
 * to, and now and then anyway: the caller compares contents. Gives the function that stops.
 *
 * Kubernetes swaps the symlink `..data` beside the links that it leads to, so it is the folders that count, not the files. They
 * are watched by `fs.watch` itself, which begins at once; chokidar begins some time later, and what changes until then is lost.
 */
export function watchFiles(paths: readonly string[], changed: () => Promise<void>): () => Promise<void> {
  const watchers = new Map<string, FSWatcher>();
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;

  const later = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined;
      if (running === undefined) running = run();
      else later();
    }, SETTLE_MS).unref();
  };
  const run = async (): Promise<void> => {
    await changed();
    running = undefined;
    follow();
  };
  /** Watches the folders as they are now; a new one may have changed before it was watched. */
  const follow = (): void => {
    const folders = new Set(paths.flatMap((path) => [dirname(resolve(path)), dirname(realPath(path))]));
    for (const [folder, watcher] of watchers) {
      if (folders.has(folder)) continue;
      watcher.close();
      watchers.delete(folder);
    }
    for (const folder of folders) {
      if (watchers.has(folder)) continue;
      const watcher = watchFolder(folder, later);
      if (watcher === undefined) continue;
      watchers.set(folder, watcher);
      later();
    }
  };

  follow();
  const recheck = setInterval(later, RECHECK_MS).unref();
  return async () => {
    clearInterval(recheck);
    await running;
    clearTimeout(timer);
    for (const watcher of watchers.values()) watcher.close();
  };
}

/** Undefined when the folder cannot be watched now; it is tried again with every check. */
function watchFolder(folder: string, changed: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(folder, { persistent: false }, changed);
    watcher.on('error', changed);
    return watcher;
  } catch {
    return undefined;
  }
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}
