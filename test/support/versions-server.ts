import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { VersionedBundles } from './versioned-bundles.ts';

/** Where a server of versioned bundles finds its configuration, and where the bundle goes. */
export interface VersionsSite {
  readonly configFile: string;
  readonly bundleFile: string;
  readonly stateDir: string;
  /** Replaces the bundle as one should: by renaming. */
  publish(archive: Uint8Array): Promise<void>;
}

/** Lays out a folder for a server of versioned bundles, on free ports; removed after the test. `config` is more YAML. */
export async function versionsSite(
  t: TestContext,
  bundles: VersionedBundles,
  config = '',
): Promise<VersionsSite> {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-site-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const bundleFile = join(folder, 'bundles', 'versions.tar.gz');
  const configFile = join(folder, 'portcullis.yaml');
  await mkdir(join(folder, 'bundles'));
  await writeFile(join(folder, 'key.pem'), bundles.publicKeyPem);
  await writeFile(configFile, `${CONFIG}${config}`);
  return {
    configFile,
    bundleFile,
    stateDir: join(folder, 'state'),
    publish: async (archive) => {
      await writeFile(`${bundleFile}.new`, archive);
      await rename(`${bundleFile}.new`, bundleFile);
    },
  };
}

const CONFIG = `stateDir: state
grpc: { address: 127.0.0.1:0 }
http: { address: 127.0.0.1:0 }
admin: { address: unix:admin.sock }
keys:
  test: { algorithm: ES256, file: key.pem }
policySets:
  versions:
    bundles:
      policy: { source: file:bundles/versions.tar.gz, verification: { keys: [test] } }
decisionLog: { enabled: true, sinks: [{ type: file, path: decisions.jsonl }] }
logging: { level: info }
`;
