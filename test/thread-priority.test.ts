/** In servers of their own: what was lowered can be raised again only with rights. */
import assert from 'node:assert/strict';
import { getPriority, setPriority } from 'node:os';
import { test } from 'node:test';
import { nicenessOf } from './support/niceness.ts';
import { startServerProcess } from './support/server-process.ts';
import { until } from './support/server-site.ts';
import { archive, siteOf } from './support/working-server.ts';

const skip = process.platform !== 'linux' && 'only Linux has priorities of threads';
const MAIN = /^(node-)?MainThread$/;
const PLATFORM = /^(node-)?V8Worker$/;
const PREPARING = /^prepare work$/;

for (const started of ['as the tests are', 'with a lower priority'])
  test(`started ${started}: V8's threads and the one that prepares bundles yield to the main thread`, {
    skip,
  }, async (t) => {
    // Children get that of this process, which has only these tests.
    if (started === 'with a lower priority') setPriority(Math.min(getPriority() + 3, 9));
    const usual = getPriority();
    const site = await siteOf(t);
    const server = await startServerProcess(site.configFile);
    site.cleanup(() => server.kill());
    const pid = server.child.pid!;
    const platform = await until(
      () => nicenessOf(pid, PLATFORM),
      (all) => all.every((niceness) => niceness !== usual),
    );
    assert.ok(platform.length > 0, 'Node names the threads of V8 otherwise');
    assert.deepEqual(new Set(platform), new Set([usual + 5]));
    await site.publish('bundles/work.tar.gz', await archive(2));
    server.child.kill('SIGHUP');
    await until(
      () => nicenessOf(pid, PREPARING),
      ([niceness]) => niceness === usual + 10,
    );
    assert.deepEqual(await nicenessOf(pid, MAIN), [usual]);
    assert.equal(await server.stop(), 0);
  });
