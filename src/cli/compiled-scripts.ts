/** What V8 made of the server's scripts, kept for the next start: Node's compile cache. */
import { existsSync, lstatSync, mkdirSync, statSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compiledName } from './start-flags.ts';

/** Those that came with `dist`. */
const SHIPPED = fileURLToPath(new URL('../compiled', import.meta.url));

const KEPT = 'compiled';

/**
 * Finds the server's scripts compiled, which takes a fifth off its start: those that came with `dist`, if they are of this Node and user;
 * else what an earlier start left in the state directory. Not in the directory for temporary files, where others may write. Gives
 * what is wrong with the state directory when what is there is not believed.
 */
export function findCompiled(stateDir: string): string | undefined {
  try {
    if (existsSync(join(SHIPPED, compiledName()))) {
      enableCompileCache({ directory: SHIPPED, portable: true });
      return undefined;
    }
    const mistake = prepareKept(stateDir);
    if (mistake === undefined) enableCompileCache(join(stateDir, KEPT));
    return mistake;
  } catch {
    // The server says what is wrong with the directory.
    return undefined;
  }
}

/**
 * Makes the folders below which Node keeps what was compiled, for this user alone. Node believes what it finds there, so who can write
 * there runs code: gives what is wrong when anybody else could. Throws the file system's errors.
 * @param uid of the user that the server runs as; undefined where users have none
 */
export function prepareKept(
  stateDir: string,
  uid: number | undefined = process.geteuid?.(),
): string | undefined {
  const kept = join(stateDir, KEPT);
  const named = join(kept, compiledName());
  mkdirSync(named, { recursive: true, mode: 0o700 });
  if (uid === undefined) return undefined;
  // Files need no look: Node makes them for their owner alone.
  for (const folder of [stateDir, kept, named]) {
    // The state directory itself may be a link, which the operator has named.
    const { isDirectory, mode, uid: owner } = facts(folder, folder === stateDir);
    if (!isDirectory) return `${folder} is a link`;
    if (owner !== uid) return `${folder} belongs to another user (${owner})`;
    if ((mode & WRITABLE_BY_OTHERS) !== 0) return `${folder} can be written by others (mode ${octal(mode)})`;
  }
  return undefined;
}

/** Group and others. */
const WRITABLE_BY_OTHERS = 0o022;

function facts(path: string, follow: boolean): { isDirectory: boolean; mode: number; uid: number } {
  const stats = follow ? statSync(path) : lstatSync(path);
  return { isDirectory: stats.isDirectory(), mode: stats.mode, uid: stats.uid };
}

const octal = (mode: number): string => (mode & 0o7777).toString(8).padStart(4, '0');
