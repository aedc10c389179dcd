/** What a server keeps of its compiled scripts, and that it believes no folder that others may write. */
import assert from 'node:assert/strict';
import { chmod, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { startServerProcess } from './support/server-process.ts';
import { ServerSite } from './support/server-site.ts';
import { Signer } from './support/signed-bundles.ts';

/** It listens also without its bundle. */
const CONFIG = `stateDir: state
grpc: { address: 127.0.0.1:0 }
keys: { test: { file: key.pem } }
policySets: { none: { bundles: { none: { source: file:none.tar.gz, verification: { keys: [test] } } } } }
decisionLog: { enabled: false }
`;

test('compiled scripts are kept from start to start, but not where others may write', async (t) => {
  const site = await ServerSite.create(t, CONFIG, { 'key.pem': new Signer('test').publicKeyPem });
  /** Starts and stops it; gives what it says of compiled scripts. */
  const run = async (): Promise<readonly unknown[]> => {
    const server = await startServerProcess(site.configFile);
    site.cleanup(() => server.kill());
    assert.equal(await server.stop(), 0);
    const lines = server.log.filter(({ msg }) => String(msg).startsWith('compiled scripts are not'));
    return lines.map(({ level, reason }) => [level, reason]);
  };
  const state = site.path('state');
  assert.deepEqual(await run(), []);
  // The folder that was looked at is the one that Node uses.
  const [folder, ...others] = await readdir(join(state, 'compiled'));
  assert.deepEqual(others, []);
  const files = await readdir(join(state, 'compiled', folder!));
  assert.ok(files.length > 10, `${files.length} files`);

  for (const file of files) await rm(join(state, 'compiled', folder!, file));
  await chmod(state, 0o777);
  assert.deepEqual(await run(), [['warn', `${state} can be written by others (mode 0777)`]]);
  assert.deepEqual(await readdir(join(state, 'compiled', folder!)), []);

  // Where nothing is kept there is nothing to be mended: a volume may be writable for its group, whatever anybody does.
  await rm(join(state, 'compiled'), { recursive: true });
  assert.deepEqual(await run(), [['info', `${state} can be written by others (mode 0777)`]]);
  assert.ok(!(await readdir(state)).includes('compiled'));
});
