import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { sign as signBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import type { BundleFile } from './bundle.ts';
import { type HashAlgorithm, hashFile } from './hash.ts';
import { generateKeyPair, loadSigningKey, loadVerificationKey } from './keys.ts';
import { signBundle } from './sign.ts';
import { type SignatureRules, verifySignature } from './signature.ts';
import { SIGNATURE_ALGORITHMS } from './signature-algorithm.ts';

const FILES: readonly BundleFile[] = [
  { path: 'a/data.json', bytes: Buffer.from('{"x":1}') },
  { path: 'a.rego', bytes: Buffer.from('package a\n') },
];
const NOW_MS = 1_795_000_000_500;

const rsa = generateKeyPair('RS256');
const es256 = generateKeyPair('ES256');
const signingKey = loadSigningKey({ algorithm: 'ES256', text: es256.signingKey });
const verificationKey = loadVerificationKey({ algorithm: 'ES256', text: es256.verificationKey });
const rules: SignatureRules = { keys: new Map([['k', verificationKey]]) };

/** The JWS in a signature file, taken apart. */
function partsOf(
  file: BundleFile,
): [header: Record<string, unknown>, payload: Record<string, unknown>, signature: string] {
  const { signatures } = JSON.parse(Buffer.from(file.bytes).toString()) as { signatures: [string] };
  const [header = '', payload = '', signature = ''] = signatures[0].split('.');
  const decode = (part: string) =>
    JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>;
  return [decode(header), decode(payload), signature];
}

/** A signature file with a header and payload as given. */
function signatureFile(header: object, payload: object, plugin?: string): BundleFile {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const data = `${encode(header)}.${encode(payload)}`;
  const signature = signBytes('sha256', Buffer.from(data), {
    key: signingKey.key,
    dsaEncoding: 'ieee-p1363',
  });
  const content = { signatures: [`${data}.${signature.toString('base64url')}`], plugin };
  return { path: '.signatures.json', bytes: Buffer.from(JSON.stringify(content)) };
}

const listed = FILES.map((file) => ({
  name: file.path,
  hash: hashFile(file, 'SHA-256').toString('hex'),
  algorithm: 'SHA-256',
}));

describe('signBundle and verifySignature', () => {
  for (const algorithm of SIGNATURE_ALGORITHMS) {
    it(`agree with ${algorithm}`, async () => {
      const pair = /^[RP]S/.test(algorithm)
        ? rsa
        : algorithm === 'ES256'
          ? es256
          : generateKeyPair(algorithm);
      const key = loadSigningKey({ algorithm, text: pair.signingKey });
      const signature = await signBundle(FILES, { key, keyId: 'k', nowMs: NOW_MS });
      const keys = new Map([['k', loadVerificationKey({ algorithm, text: pair.verificationKey })]]);
      assert.deepEqual(await verifySignature([...FILES, signature], { keys }), FILES);
      const changed = [
        FILES[0] as BundleFile,
        { path: 'a.rego', bytes: Buffer.from('package b\n') },
        signature,
      ];
      await assert.rejects(verifySignature(changed, { keys }), { code: 'signature_hash_mismatch' });
    });
  }

  for (const hashAlgorithm of [
    'SHA-224',
    'SHA-384',
    'SHA-512',
    'SHA-512-224',
    'SHA-512-256',
  ] satisfies HashAlgorithm[]) {
    it(`agree with ${hashAlgorithm}`, async () => {
      const signature = await signBundle(FILES, {
        key: signingKey,
        keyId: 'k',
        nowMs: NOW_MS,
        hashAlgorithm,
      });
      assert.equal((await verifySignature([signature, ...FILES], rules)).length, 2);
    });
  }

  it('write the claims that OPA reads', async () => {
    const signature = await signBundle(FILES, { key: signingKey, keyId: 'k', nowMs: NOW_MS, scope: 's' });
    const [header, payload] = partsOf(signature);
    assert.deepEqual(header, { alg: 'ES256', kid: 'k' });
    assert.deepEqual(payload, { files: listed, iat: 1_795_000_000, keyid: 'k', scope: 's' });
  });

  it('pass over an older signature when signing anew', async () => {
    const old = signatureFile({ alg: 'ES256' }, { files: [] });
    const signature = await signBundle([...FILES, old], { key: signingKey, keyId: 'k', nowMs: NOW_MS });
    assert.deepEqual(partsOf(signature)[1]['files'], listed);
  });

  it('need something to sign', async () => {
    const empty = signBundle([], { key: signingKey, keyId: 'k', nowMs: NOW_MS });
    await assert.rejects(empty, { code: 'signature_payload_invalid' });
  });
});

describe('verifySignature', () => {
  const verify = async (
    file: BundleFile,
    over: Partial<SignatureRules> = {},
  ): Promise<readonly BundleFile[]> => await verifySignature([...FILES, file], { ...rules, ...over });

  it('finds the key by the claim when the header names none', async () => {
    assert.equal((await verify(signatureFile({ alg: 'ES256' }, { files: listed, keyid: 'k' }))).length, 2);
    assert.equal(
      (await verify(signatureFile({ alg: 'ES256', kid: '' }, { files: listed, keyid: 'k' }))).length,
      2,
    );
  });

  it('believes the header before the claim', async () => {
    const file = signatureFile({ alg: 'ES256', kid: 'other' }, { files: listed, keyid: 'k' });
    await assert.rejects(verify(file), { code: 'signature_key_unknown' });
  });

  it('accepts the plugin that OPA names by default', async () => {
    assert.equal(
      (await verify(signatureFile({ alg: 'ES256', kid: 'k' }, { files: listed }, '_default'))).length,
      2,
    );
  });

  it('takes an empty scope for none', async () => {
    const file = signatureFile({ alg: 'ES256', kid: 'k' }, { files: listed, scope: '' });
    assert.equal((await verify(file, { scope: '' })).length, 2);
    await assert.rejects(verify(file, { scope: 's' }), { code: 'signature_scope_mismatch' });
  });

  it('brings the names it lists to the form of the archive', async () => {
    const [data, rego] = listed as [(typeof listed)[0], (typeof listed)[0]];
    const files = [
      { ...data, name: `/${data.name}` },
      { ...rego, name: `./${rego.name}`, hash: rego.hash.toUpperCase() },
    ];
    assert.equal((await verify(signatureFile({ alg: 'ES256', kid: 'k' }, { files }))).length, 2);
    const twice = [...files, data];
    await assert.rejects(verify(signatureFile({ alg: 'ES256', kid: 'k' }, { files: twice })), {
      code: 'signature_payload_invalid',
    });
  });

  it('leaves out excluded files, listed or not, changed or not', async () => {
    const file = signatureFile(
      { alg: 'ES256', kid: 'k' },
      { files: [listed[0], { ...listed[1], hash: 'ff' }] },
    );
    await assert.rejects(verify(file), { code: 'signature_hash_mismatch' });
    assert.deepEqual(await verify(file, { excludeFiles: ['*.rego'] }), [FILES[0]]);
  });

  it('looks at no key inside the header', async () => {
    const jwk = verificationKey.key.export({ format: 'jwk' });
    const file = signatureFile({ alg: 'ES256', kid: 'unknown', jwk }, { files: listed });
    await assert.rejects(verify(file), { code: 'signature_key_unknown' });
  });
});
