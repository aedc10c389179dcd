/**
 * The test command: fetches the tools, runs every test of the tree, those of whole servers once with each gRPC transport, and
 * says what was left out for want of a tool. With file names it runs only those, once, with the settings of
 * TEST_SERVER_SETTINGS (`test/support/server-settings.ts`). A test file names the tools it cannot do without in a line
 * `// needs: opa`.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { environment } from '../src/config/environment.ts';
import type { GrpcTransportName } from '../src/config/listeners.ts';
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

/** Has no server that is asked over gRPC: one run is enough. */
const WITHOUT_GRPC = 'test/e2e/memory.test.ts';
/** The transport that is not the default. */
const OTHER: GrpcTransportName = 'grpc-js';

/** Runs these files, where they can be run, and says with what; gives the status of the run. */
function run(title: string, names: readonly string[], settings: string): number {
  const runnable = names.filter((file) => !leftOut.includes(file));
  // Without any name the runner would look for files itself.
  if (runnable.length === 0) return 0;
  console.log(`\n== ${title}: ${settings === '' ? 'default settings' : settings}\n`);
  const { status } = spawnSync(
    process.execPath,
    ['--test', '--test-concurrency=2', '--test-timeout=400000', '--test-reporter=spec', ...runnable],
    { stdio: 'inherit', env: { ...environment, TEST_SERVER_SETTINGS: settings } },
  );
  return status ?? 1;
}

const settings = environment['TEST_SERVER_SETTINGS'] ?? '';
const statuses = [run('tests', files, settings)];
if (asked.length === 0 && settings === '') {
  const servers = files.filter((file) => file.startsWith('test/e2e/') && file !== WITHOUT_GRPC);
  const title = 'tests of whole servers once more, with the other gRPC transport';
  statuses.push(run(title, servers, `grpc.transport=${OTHER} admin.transport=${OTHER}`));
}
if (leftOut.length > 0) {
  console.error(`\nLeft out, because ${[...missing].join(' and ')} cannot be had here (see docs/tools.md):`);
  for (const file of leftOut) console.error(`  ${file}`);
}
process.exit(Math.max(...statuses));
