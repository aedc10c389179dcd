import { WatchedPaths } from '../watched-paths.ts';

/** Writers replace certificate and key one after the other. */
const SETTLE_MS = 100;
/** Network file systems notify nobody, and a folder further up the path may be renamed unseen. */
const RECHECK_MS = 10_000;

/**
 * Calls back, one call at a time, soon after one of the files may have changed, in whatever way: written, renamed over, or behind a swapped
 * symlink; and now and then anyway: the caller compares contents. Gives the function that stops.
 */
export function watchFiles(paths: readonly string[], changed: () => Promise<void>): () => Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;

  const later = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined;
      if (running === undefined) running = run();
      else later();
    }, SETTLE_MS).unref();
  };
  const watched = new WatchedPaths(paths, later);
  const run = async (): Promise<void> => {
    await changed();
    await follow();
  };
  /** Watches the folders as they are now; a new one may have changed before it was watched. */
  const follow = async (): Promise<void> => {
    if (await watched.look()) later();
    running = undefined;
  };

  running = follow();
  const recheck = setInterval(later, RECHECK_MS).unref();
  return async () => {
    clearInterval(recheck);
    watched.close();
    await running;
    clearTimeout(timer);
  };
}
