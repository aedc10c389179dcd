/** Tells when one of a few files may have changed, in whatever way: written, renamed over, or behind a swapped symlink. */
import { realpathSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { watch } from 'chokidar';

/** Writers replace certificate and key one after the other. */
const SETTLE_MS = 100;
/** Network file systems notify nobody, and a symlink further up the path may be swapped unseen. */
const RECHECK_MS = 30_000;

/**
 * Calls back, one call at a time, when something changed in the folders of `paths`, and now and then anyway: the caller
 * compares contents. Kubernetes swaps the symlink `..data` beside the links that it leads to, so it is the folder's own raw
 * events that count, not those of the files. Gives the function that stops.
 */
export function watchFiles(paths: readonly string[], changed: () => Promise<void>): () => Promise<void> {
  const folders = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let stopped = false;

  const run = (): void => {
    timer = undefined;
    if (stopped) return;
    if (running !== undefined) {
      later();
      return;
    }
    running = changed().finally(() => {
      running = undefined;
      follow();
    });
  };
  const later = (): void => {
    timer ??= setTimeout(run, SETTLE_MS).unref();
  };

  const watcher = watch([], { ignored: (path) => !folders.has(path), ignoreInitial: true });
  // The folders of the names, and those that symlinks lead to at the time.
  const follow = (): void => {
    const found = paths.flatMap((path) => [dirname(resolve(path)), dirname(realPath(path))]);
    for (const folder of folders)
      if (!found.includes(folder) && folders.delete(folder)) watcher.unwatch(folder);
    for (const folder of found) {
      if (folders.has(folder)) continue;
      folders.add(folder);
      watcher.add(folder);
    }
  };
  follow();
  watcher.on('raw', later);
  watcher.on('error', later);
  const recheck = setInterval(later, RECHECK_MS).unref();
  return async () => {
    stopped = true;
    clearTimeout(timer);
    clearInterval(recheck);
    await watcher.close();
    await running;
  };
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}
