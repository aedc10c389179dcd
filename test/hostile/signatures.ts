import { Buffer } from 'node:buffer';
import { createHmac } from 'node:crypto';
import type { BundleFile } from '../../src/bundle/bundle.ts';
import { generateKeyPair, loadSigningKey } from '../../src/bundle/keys.ts';
import {
  added,
  type Change,
  edited,
  type Good,
  packed,
  parse,
  type Row,
  signed,
  tampered,
  withSignature,
} from './forge.ts';

/** Signatures that prove nothing, and files that are not what was signed. */
export function hostileSignatures(good: Good): Row[] {
  const { files, key, dataPath } = good;
  const stranger = loadSigningKey({ algorithm: 'ES256', text: generateKeyPair('ES256').signingKey }).key;
  const rego = files.find(({ path }) => path.endsWith('.rego'))?.path as string;
  const resigned = (change: Change): Buffer => signed(good, files, change);
  return [
    ['the signature stripped', 'signature_missing', packed(files)],
    [
      'two signature files',
      'signature_file_duplicate',
      added(good, { name: 'sub/.signatures.json', content: '{}' }),
    ],
    [
      'foosignatures.json',
      'signature_file_unlisted',
      added(good, { name: 'foosignatures.json', content: '{}' }),
    ],
    [
      'a signature file that is not JSON',
      'signature_file_invalid',
      tampered(good, '.signatures.json', () => Buffer.from('{')),
    ],
    [
      'a signature plugin',
      'signature_file_invalid',
      tampered(good, '.signatures.json', (bytes) =>
        Buffer.from(JSON.stringify({ ...parse(bytes), plugin: 'theirs' })),
      ),
    ],
    [
      'two signatures',
      'signature_count',
      tampered(good, '.signatures.json', (bytes) =>
        Buffer.from(JSON.stringify({ signatures: [...signaturesIn(bytes), 'x.y.z'] })),
      ),
    ],
    [
      'no signature in the list',
      'signature_count',
      tampered(good, '.signatures.json', () => Buffer.from('{"signatures":[]}')),
    ],
    [
      'alg none',
      'signature_algorithm_forbidden',
      resigned({ header: { alg: 'none' }, signer: () => Buffer.alloc(0) }),
    ],
    [
      'HS256 with the public key',
      'signature_algorithm_mismatch',
      resigned({
        header: { alg: 'HS256' },
        signer: (data) => createHmac('sha256', good.publicKey).update(data).digest(),
      }),
    ],
    [
      'another algorithm in the header',
      'signature_algorithm_mismatch',
      resigned({ header: { alg: 'ES384' } }),
    ],
    ['a key that is not configured', 'signature_key_unknown', resigned({ header: { kid: 'stranger' } })],
    [
      'no key named',
      'signature_key_unknown',
      resigned({ header: { kid: undefined }, claims: { keyid: undefined } }),
    ],
    ['the key id of another configured key', 'signature_invalid', resigned({ header: { kid: 'second' } })],
    ['signed by a stranger', 'signature_invalid', packed(withSignature(files, stranger, {}))],
    [
      'signed by a stranger whose key is in the header',
      'signature_invalid',
      packed(
        withSignature(files, stranger, {
          header: { jwk: { ...stranger.export({ format: 'jwk' }), d: undefined } },
        }),
      ),
    ],
    ['a critical header extension', 'signature_invalid', resigned({ header: { crit: ['exp'], exp: 1 } })],
    ['a changed signature', 'signature_invalid', resigned({ signer: () => Buffer.alloc(64, 1) })],
    [
      'an older payload under a newer signature',
      'signature_invalid',
      packed(
        edited(good.signedFiles, '.signatures.json', (bytes) =>
          spliced(
            bytes,
            withSignature(
              edited(files, dataPath, () => Buffer.from('{}')),
              key,
              {},
            ),
          ),
        ),
      ),
    ],
    ['another scope', 'signature_scope_mismatch', resigned({ claims: { scope: 'staging' } })],
    ['no scope', 'signature_scope_mismatch', resigned({ claims: { scope: undefined } })],
    ['MD5 hashes', 'signature_hash_algorithm', resigned({ hash: ['MD5', 'md5'] })],
    ['SHA-1 hashes', 'signature_hash_algorithm', resigned({ hash: ['SHA-1', 'sha1'] })],
    ['a payload without files', 'signature_payload_invalid', resigned({ claims: { files: undefined } })],
    [
      'a file listed twice',
      'signature_payload_invalid',
      signed(good, [...files, files[0] as BundleFile], {}),
    ],
    [
      'data changed',
      'signature_hash_mismatch',
      tampered(good, dataPath, (bytes) => Buffer.from(JSON.stringify({ ...parse(bytes), added: true }))),
    ],
    [
      'a number written differently',
      'signature_hash_mismatch',
      packed(
        edited(
          withSignature(
            edited(files, dataPath, () => Buffer.from('{"n":1}')),
            key,
            {},
          ),
          dataPath,
          () => Buffer.from('{"n":1.0}'),
        ),
      ),
    ],
    [
      'the manifest changed',
      'signature_hash_mismatch',
      tampered(good, '.manifest', (bytes) =>
        Buffer.from(JSON.stringify({ ...parse(bytes), revision: 'evil' })),
      ),
    ],
    [
      'a policy changed',
      'signature_hash_mismatch',
      tampered(good, rego, (bytes) => Buffer.concat([bytes, Buffer.from(' ')])),
    ],
    [
      'the module changed',
      'signature_hash_mismatch',
      tampered(good, 'policy.wasm', (bytes) => Buffer.concat([bytes, Buffer.from([0])])),
    ],
    [
      'the plan changed',
      'signature_hash_mismatch',
      tampered(good, 'plan.json', (bytes) => Buffer.concat([bytes, Buffer.from(' ')])),
    ],
    [
      'a file added',
      'signature_file_unlisted',
      added(good, { name: '/extra/data.json', content: '{"admin":true}' }),
    ],
    [
      'a file removed',
      'signature_file_missing',
      packed(good.signedFiles.filter(({ path }) => path !== rego)),
    ],
  ];
}

function signaturesIn(bytes: Uint8Array): string[] {
  return parse(bytes)['signatures'] as string[];
}

/** The payload of one signature file between header and signature of another. */
function spliced(bytes: Buffer, other: readonly BundleFile[]): Buffer {
  const token = (file: Uint8Array): string[] => (signaturesIn(file)[0] as string).split('.');
  const payload = token(other.at(-1)?.bytes as Uint8Array)[1];
  const [header, , signature] = token(bytes);
  return Buffer.from(JSON.stringify({ signatures: [`${header}.${payload}.${signature}`] }));
}
