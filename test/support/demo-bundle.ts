/** The demo's bundle as a server takes it: verified, compiled, with its decision vectors. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DEFAULT_ARCHIVE_LIMITS } from '../../src/bundle/archive.ts';
import { loadVerificationKey } from '../../src/bundle/keys.ts';
import { canonicalJson } from '../../src/json/canonical.ts';
import { BUILTINS } from '../../src/policy/builtins/registry.ts';
import type { PolicySetDescriptor } from '../../src/policy/descriptor.ts';
import type { DecisionVector } from '../../src/policy/vector-format.ts';
import { parseVectors } from '../../src/policy/vectors.ts';
import { prepareBundle } from '../../src/reload/activation.ts';

const bundles = join(import.meta.dirname, '../../bundles');

/** Rejects with the code of the first check that fails. */
export async function demoBundle(): Promise<{
  readonly descriptor: PolicySetDescriptor;
  readonly vectors: readonly DecisionVector[];
}> {
  const text = await readFile(join(bundles, 'shop.pub.pem'), 'utf8');
  const { bundle, module } = await prepareBundle(
    await readFile(join(bundles, 'shop.tar.gz')),
    {
      name: 'shop',
      limits: DEFAULT_ARCHIVE_LIMITS,
      verification: { keys: new Map([['shop', loadVerificationKey({ algorithm: 'ES256', text })]]) },
      requireVectors: true,
    },
    undefined,
    new Set(BUILTINS.keys()),
  );
  const descriptor = {
    name: 'shop',
    modules: [module!],
    dataJson: Buffer.from(canonicalJson(bundle.data.document)),
    entrypoints: Object.keys(module!.entrypoints),
    defaultEntrypoint: undefined,
    policyDigest: '',
    dataDigest: '',
    revisions: {},
    activatedAtMs: 0,
  };
  return { descriptor, vectors: parseVectors(bundle.vectors!) };
}
