/**
 * Writes the generated pages of docs/. With `--check` it writes nothing and fails when a page differs from what would be
 * written. Each generator gives pages by their path from the root of the repository.
 */
import { existsSync, globSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { formattedPage } from './formatted-page.ts';

type Generator = { readonly pages: () => Promise<Readonly<Record<string, string>>> };

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const check = process.argv.includes('--check');
let drifted = 0;

for (const file of globSync(['scripts/docs/*.ts', 'scripts/docs-*.ts'], { cwd: root }).sort()) {
  const generator = (await import(join(root, file))) as Generator;
  for (const [page, given] of Object.entries(await generator.pages())) {
    const path = join(root, page);
    const text = page.endsWith('.md') ? formattedPage(page, given) : given;
    const old = existsSync(path) ? await readFile(path, 'utf8') : undefined;
    if (old === text) continue;
    if (check) {
      console.error(`${page} is not what ${file} gives: run \`npm run docs\``);
      drifted++;
    } else {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, text);
      console.log(`wrote ${page}`);
    }
  }
}
if (drifted > 0) process.exit(1);
