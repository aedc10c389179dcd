/** What V8 made of the server's scripts, kept for the next start: Node's compile cache. */
import { existsSync, lstatSync, mkdirSync, readlinkSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compiledName } from './start-flags.ts';

/** Those that came with `dist`. */
const SHIPPED = fileURLToPath(new URL('../compiled', import.meta.url));

const KEPT = 'compiled';

/** Why nothing is kept. */
export interface NotKept {
  /** Which folder is not believed, and why. */
  readonly reason: string;
  /** There is something, by whomever, that can be removed. */
  readonly isThere: boolean;
}

/**
 * Finds the server's scripts compiled, which takes a fifth off its start: those that came with `dist`, if they are of this Node and user;
 * else what an earlier start left in the state directory. Not in the directory for temporary files, where others may write. Gives
 * what is wrong with the state directory when what is there is not believed.
 */
export function findCompiled(stateDir: string): NotKept | undefined {
  try {
    if (existsSync(join(SHIPPED, compiledName()))) {
      enableCompileCache({ directory: SHIPPED, portable: true });
      return undefined;
    }
    const kept = join(stateDir, KEPT);
    const reason = prepareKept(stateDir);
    if (reason !== undefined) return { reason, isThere: existsSync(kept) };
    enableCompileCache(kept);
    return undefined;
  } catch {
    // The server says what is wrong with the directory.
    return undefined;
  }
}

/**
 * Makes the folders below which Node keeps what was compiled, for this user alone. Node believes what it finds there, so who can write
 * there runs code: gives what is wrong when anybody else could, and then makes nothing. Throws the file system's errors.
 * @param stateDir absolute
 * @param uid of the user that the server runs as; undefined where users have none
 */
export function prepareKept(
  stateDir: string,
  uid: number | undefined = process.geteuid?.(),
): string | undefined {
  const named = join(stateDir, KEPT, compiledName());
  const before = uid === undefined ? undefined : mistakeOnTheWay(named, uid);
  if (before !== undefined) return before;
  mkdirSync(named, { recursive: true, mode: 0o700 });
  // In a folder like `/tmp`, somebody may have been faster.
  return uid === undefined ? undefined : mistakeOnTheWay(named, uid);
}

/** Group and others. */
const WRITABLE_BY_OTHERS = 0o022;
/** Who may write in such a folder may rename and remove only what is his own. */
const STICKY = 0o1000;
/** The system itself follows 40. */
const MAX_LINKS = 40;

/**
 * What has somebody else than root and the user decide on what is in a folder: one that he owns or may write, or a link of his, on the way to it
 * from the root, also behind links. Files need no look: Node makes them for their owner alone. As far as there is something.
 * @param path absolute
 */
function mistakeOnTheWay(path: string, uid: number): string | undefined {
  /** The next one last. */
  const names = path.split('/').reverse();
  let links = 0;
  let at = '/';
  for (let name = names.pop(); name !== undefined; name = names.pop()) {
    const next = join(at, name);
    const stats = lstatSync(next, { throwIfNoEntry: false });
    if (stats === undefined) return undefined;
    const { mode, uid: owner } = stats;
    if (owner !== uid && owner !== 0) return `${next} belongs to another user (${owner})`;
    if (stats.isSymbolicLink()) {
      if (++links > MAX_LINKS) return `${next} is one link of too many`;
      const target = readlinkSync(next);
      if (target.startsWith('/')) at = '/';
      names.push(...target.split('/').reverse());
      continue;
    }
    const isSafe = (mode & WRITABLE_BY_OTHERS) === 0 || ((mode & STICKY) !== 0 && names.length > 0);
    if (!isSafe) return `${next} can be written by others (mode ${octal(mode)})`;
    at = next;
  }
  return undefined;
}

const octal = (mode: number): string => (mode & 0o7777).toString(8).padStart(4, '0');
