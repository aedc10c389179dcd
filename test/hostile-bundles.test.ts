import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { createPublicKey } from 'node:crypto';
import { describe, it } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { readArchive } from '../src/bundle/archive.ts';
import type { BundleFile } from '../src/bundle/bundle.ts';
import { sha256Hex } from '../src/bundle/hash.ts';
import { loadVerificationKey } from '../src/bundle/keys.ts';
import { type OpenedBundle, openBundle } from '../src/bundle/open.ts';
import { PortcullisError } from '../src/errors.ts';
import { HOSTILE_LIMITS, makeHostileBundles } from './hostile-bundles.ts';

const module = Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
const plan = Buffer.from('{"plans":{}}');
const FILES: readonly BundleFile[] = [
  {
    path: 'shop/authz.rego',
    bytes: Buffer.from('# Who may buy.\npackage shop.authz\n\nallow := input.ok\n'),
  },
  { path: 'data.json', bytes: Buffer.from('{"shop":{"prices":{"tea":1.50}}}') },
  {
    path: '.manifest',
    bytes: Buffer.from(
      JSON.stringify({
        revision: 'r1',
        roots: ['shop'],
        metadata: {
          portcullis: {
            format: 1,
            builder: 'test',
            opaVersion: '1.22.2',
            entrypoints: ['shop/authz/allow'],
            digests: { module: sha256Hex(module), plan: sha256Hex(plan) },
            sequence: 7,
            capabilities: [],
          },
        },
      }),
    ),
  },
  { path: 'policy.wasm', bytes: module },
  { path: 'plan.json', bytes: plan },
];

const base = await makeHostileBundles(FILES);
const options = { limits: HOSTILE_LIMITS, verification: base.verification };

function refusalOf(error: unknown): string {
  return error instanceof PortcullisError ? error.code : `not a PortcullisError: ${String(error)}`;
}

/** What a bundle means, without what names the bytes it came in. */
function meaning({ archiveDigest, inflatedBytes, sources, ...bundle }: OpenedBundle): string {
  assert.ok(archiveDigest.length === 64 && inflatedBytes > 0);
  const byPath = sources.map(({ path, bytes }) => `${path} ${sha256Hex(bytes)}`).sort();
  return JSON.stringify([bundle, byPath]);
}

const goodMeaning = meaning(await openBundle(base.archive, options));

describe('openBundle', () => {
  for (const { name, archive } of base.harmless) {
    it(`accepts ${name}`, async () => assert.equal(meaning(await openBundle(archive, options)), goodMeaning));
  }

  for (const { name, archive, code } of base.hostile.filter(({ stage }) => stage === 'open')) {
    it(`refuses with ${code}: ${name}`, async () => {
      await assert.rejects(openBundle(archive, options), (error) => {
        assert.equal(refusalOf(error), code, error instanceof Error ? error.message : '');
        return true;
      });
    });
  }

  for (const { name, archive } of base.hostile.filter(({ stage }) => stage === 'activate')) {
    it(`leaves to the activation: ${name}`, async () => {
      assert.equal((await openBundle(archive, options)).manifest.revision, 'r1');
    });
  }

  it('covers every way an archive, a signature and a bundle alone can be refused', () => {
    const open = base.hostile.filter(({ stage }) => stage === 'open');
    assert.ok(open.length >= 60 && new Set(open.map(({ code }) => code)).size >= 35);
    assert.equal(new Set(base.hostile.map(({ name }) => name)).size, base.hostile.length);
  });

  it('refuses a signed bundle where no key is configured, also where unsigned ones are allowed', async () => {
    const refused = async (verification: typeof options.verification | 'unsigned-allowed') =>
      await assert.rejects(openBundle(base.archive, { ...options, verification }), {
        code: 'signature_no_key',
      });
    await refused('unsigned-allowed');
    await refused({ keys: new Map() });
  });

  it('accepts an unsigned bundle only where that is allowed', async () => {
    const unsigned = base.hostile.find(({ name }) => name === 'the signature stripped')
      ?.archive as Uint8Array;
    const bundle = await openBundle(unsigned, { ...options, verification: 'unsigned-allowed' });
    assert.equal(bundle.signed, false);
    assert.equal(meaning({ ...bundle, signed: true }), goodMeaning);
  });

  it('uses the configured key id before those that the signature names', async () => {
    const verification = { ...base.verification, keyId: 'second' };
    await assert.rejects(openBundle(base.archive, { ...options, verification }), {
      code: 'signature_invalid',
    });
    await openBundle(base.archive, { ...options, verification: { ...base.verification, keyId: 'release' } });
  });

  it('leaves out what need not be signed', async () => {
    const added = base.hostile.find(({ name }) => name === 'a file added')?.archive as Uint8Array;
    const verification = { ...base.verification, excludeFiles: ['extra/*.json'] };
    assert.equal(meaning(await openBundle(added, { ...options, verification })), goodMeaning);
  });
});

describe('a public key that is configured as an HMAC secret', () => {
  const publicKey = createPublicKey(base.publicKeys.release);
  const jwk = JSON.stringify(publicKey.export({ format: 'jwk' }));
  const disguises: readonly [name: string, text: string][] = [
    ['PEM', base.publicKeys.release],
    ['a JWK', jwk],
    ['a JWK behind a byte order mark', `\ufeff${jwk}`],
    ['a JWK with a comma too many', jwk.replace(/\}$/, ',}')],
    ['a list with the JWK', `[${jwk}]`],
    ['the lines of PEM without the first and last', base.publicKeys.release.replaceAll(/-.*-\n/g, '')],
    ['DER in hex', publicKey.export({ type: 'spki', format: 'der' }).toString('hex')],
  ];
  for (const [name, text] of disguises) {
    it(`is refused as ${name}`, () => {
      assert.throws(() => loadVerificationKey({ algorithm: 'HS256', text }), { code: 'key_invalid' });
    });
  }
});

describe('a tampered bundle never gets through', () => {
  const inflated = gunzipSync(base.archive);

  /** Opens the bundle; passing is right only if nothing of its meaning changed. */
  async function refusedOrEqual(archive: Uint8Array): Promise<void> {
    let bundle: OpenedBundle;
    try {
      bundle = await openBundle(archive, options);
    } catch (error) {
      assert.ok(error instanceof PortcullisError && error.code !== 'internal', String(error));
      return;
    }
    assert.equal(meaning(bundle), goodMeaning);
  }

  const flips = (length: number) =>
    fc.array(fc.record({ at: fc.nat(length - 1), mask: fc.integer({ min: 1, max: 255 }) }), {
      minLength: 1,
      maxLength: 4,
    });

  it('whatever bytes of the archive are changed', async () => {
    await fc.assert(
      fc.asyncProperty(flips(base.archive.length), async (changes) => {
        await refusedOrEqual(changed(base.archive, changes));
      }),
      { numRuns: 300 },
    );
  });

  it('whatever bytes of the tar stream are changed', async () => {
    await fc.assert(
      fc.asyncProperty(flips(inflated.length), async (changes) => {
        await refusedOrEqual(gzipSync(changed(inflated, changes), { level: 1 }));
      }),
      { numRuns: 600 },
    );
  });

  it('whatever bytes of a file are changed', async () => {
    const files = await readArchive(base.archive, HOSTILE_LIMITS);
    const { tarGz } = await import('./raw-tar.ts');
    const target = fc
      .nat(files.length - 1)
      .chain((index) => fc.tuple(fc.constant(index), flips(files[index]?.bytes.length ?? 1)));
    await fc.assert(
      fc.asyncProperty(target, async ([index, changes]) => {
        const entries = files.map(({ path, bytes }, i) => ({
          name: path,
          content: i === index ? changed(bytes, changes) : bytes,
        }));
        await refusedOrEqual(tarGz(entries));
      }),
      { numRuns: 600 },
    );
  });

  it('wherever the archive ends', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(base.archive.length - 1), async (length) => {
        await assert.rejects(openBundle(base.archive.subarray(0, length), options), PortcullisError);
      }),
      { numRuns: 100 },
    );
  });

  it('whatever bytes come', async () => {
    const bytes = fc.uint8Array({ maxLength: 2000 });
    await fc.assert(
      fc.asyncProperty(bytes, fc.constantFrom('raw', 'gzip'), async (content, form) => {
        const archive = form === 'raw' ? content : gzipSync(content);
        await assert.rejects(openBundle(archive, options), PortcullisError);
      }),
      { numRuns: 200 },
    );
  });
});

function changed(bytes: Uint8Array, changes: readonly { at: number; mask: number }[]): Buffer {
  const copy = Buffer.from(bytes);
  for (const { at, mask } of changes) copy.writeUInt8(copy.readUInt8(at) ^ mask, at);
  return copy;
}
