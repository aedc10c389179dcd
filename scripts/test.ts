/**
 * The test command: fetches the tools, runs every test of the tree, and says what was left out for want of a tool.
 * With file names it runs only those. A test file names the tools it cannot do without in a line `// needs: opa`.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { missingTools } from './tools.ts';

const asked = process.argv.slice(2);
const files = asked.length > 0 ? asked : globSync('{src,test}/**/*.test.ts').sort();
const unknown = files.filter((file) => !existsSync(file));
if (unknown.length > 0) {
  console.error(`no such test file: ${unknown.join(', ')}`);
  process.exit(2);
}
const missing = await missingTools();
const needs = (file: string): string[] =>
  /^\/\/ needs: (.+)$/m.exec(readFileSync(file, 'utf8'))?.[1]?.split(/,\s*/) ?? [];
const leftOut = files.filter((file) => needs(file).some((tool) => missing.has(tool)));

const run = spawnSync(
  process.execPath,
  [
    '--test',
    '--test-concurrency=2',
    '--test-timeout=400000',
    '--test-reporter=spec',
    ...files.filter((file) => !leftOut.includes(file)),
  ],
  { stdio: 'inherit' },
);
if (leftOut.length > 0) {
  console.error(`\nLeft out, because ${[...missing].join(' and ')} cannot be had here (see docs/tools.md):`);
  for (const file of leftOut) console.error(`  ${file}`);
}
process.exit(run.status ?? 1);
