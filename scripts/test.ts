/** The test command: runs every test of the tree and says what was left out. */
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';

const files =
  process.argv.slice(2).length > 0 ? process.argv.slice(2) : globSync('{src,test}/**/*.test.ts').sort();
const run = spawnSync(
  process.execPath,
  ['--test', '--test-concurrency=2', '--test-timeout=300000', '--test-reporter=spec', ...files],
  { stdio: 'inherit' },
);
process.exit(run.status ?? 1);
