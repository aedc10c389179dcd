import { basename } from 'node:path';
import { watch } from 'chokidar';
import { isSourceFile } from './sources.ts';

/** Editors write a file in several steps; this long after the last of them the change is taken as complete. */
const SETTLE_MS = 40;

/**
 * Calls back after policies, tests, data or vectors have changed, once for changes that come together, until the signal
 * aborts. Resolves when the watching has begun.
 */
export async function watchSources(
  paths: readonly string[],
  changed: () => void,
  signal: AbortSignal,
): Promise<void> {
  const watcher = watch([...paths], {
    ignoreInitial: true,
    ignored: (path, stats) => stats?.isFile() === true && !isSourceFile(basename(path)),
  });
  let timer: NodeJS.Timeout | undefined;
  watcher.on('all', () => {
    clearTimeout(timer);
    timer = setTimeout(changed, SETTLE_MS);
  });
  signal.addEventListener(
    'abort',
    () => {
      clearTimeout(timer);
      void watcher.close();
    },
    { once: true },
  );
  await new Promise<void>((resolve, reject) => {
    watcher.once('ready', resolve);
    watcher.once('error', reject);
  });
}
