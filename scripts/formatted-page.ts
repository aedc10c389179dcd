import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** A page as the formatter of the repository would leave it, so that a generator and the formatter never undo each other. */
export function formattedPage(path: string, text: string): string {
  return execFileSync(join(root, 'node_modules/.bin/biome'), ['format', '--stdin-file-path', path], {
    cwd: root,
    input: text,
    encoding: 'utf8',
  });
}
