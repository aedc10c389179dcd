/** In servers of their own: what was lowered can be raised again by root only. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nicenessOf } from './support/niceness.ts';
import { startServerProcess } from './support/server-process.ts';
import { until } from './support/server-site.ts';
import { archive, siteOf } from './support/working-server.ts';

const skip = process.platform !== 'linux' && 'only Linux has priorities of threads';

test('requests come before compilers and bundles: only the threads that answer have the usual priority', {
  skip,
}, async (t) => {
  const site = await siteOf(t);
  const server = await startServerProcess(site.configFile);
  site.cleanup(() => server.kill());
  const pid = server.child.pid!;
  assert.deepEqual(await nicenessOf(pid, 'node-MainThread'), [0]);
  const platform = await until(
    () => nicenessOf(pid, 'node-V8Worker'),
    (all) => all.every((niceness) => niceness > 0),
  );
  assert.ok(platform.length > 0, 'Node names the threads of V8 otherwise');
  assert.deepEqual(new Set(platform), new Set([5]));
  await site.publish('bundles/work.tar.gz', await archive(2));
  server.child.kill('SIGHUP');
  await until(
    () => nicenessOf(pid, 'prepare work'),
    ([niceness]) => niceness === 10,
  );
  assert.equal(await server.stop(), 0);
});
