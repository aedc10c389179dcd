/** Keys in files: what they are, and where generated ones are written. */
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import {
  generateKeyPair,
  loadSigningKey,
  loadVerificationKey,
  type SigningKey,
  type VerificationKey,
} from '../bundle/keys.ts';
import {
  keyRequirement,
  SIGNATURE_ALGORITHMS,
  type SignatureAlgorithm,
} from '../bundle/signature-algorithm.ts';
import { PortcullisError, toPortcullisError } from '../errors.ts';
import { readNamedFile } from './input.ts';
import type { CliIo } from './io.ts';

const ALGORITHM_OF_CURVE: Readonly<Record<string, SignatureAlgorithm>> = {
  prime256v1: 'ES256',
  secp384r1: 'ES384',
  secp521r1: 'ES512',
};

/** Throws PortcullisError: `usage`. */
export function parseAlgorithm(text: string): SignatureAlgorithm {
  const algorithm = SIGNATURE_ALGORITHMS.find((name) => name === text);
  if (algorithm !== undefined) return algorithm;
  throw new PortcullisError('usage', `--algorithm: write one of ${SIGNATURE_ALGORITHMS.join(', ')}`);
}

/** The algorithm that a key is most likely meant for. Undefined for a text that is no asymmetric key. */
export function likelyAlgorithm(text: string): SignatureAlgorithm | undefined {
  const key = publicKeyOf(text);
  if (key?.asymmetricKeyType === 'ed25519') return 'EdDSA';
  if (key?.asymmetricKeyType === 'rsa') return 'RS256';
  return ALGORITHM_OF_CURVE[key?.asymmetricKeyDetails?.namedCurve ?? ''];
}

/** The public half of a PEM or JWK, whichever half it holds. Undefined when it holds neither. */
export function publicKeyOf(text: string): KeyObject | undefined {
  try {
    if (!text.trimStart().startsWith('{')) return createPublicKey(text);
    const jwk = JSON.parse(text) as Record<string, string>;
    const input = { key: jwk, format: 'jwk' } as const;
    return jwk['d'] === undefined ? createPublicKey(input) : createPublicKey(createPrivateKey(input));
  } catch {
    return undefined;
  }
}

/** `keys/shop.pub.pem` → `shop`: what a key is called when nothing else is said. */
export function keyIdOf(path: string): string {
  return basename(path).replace(/(?:\.(?:key|pub))?\.(?:pem|jwk|json|crt|secret)$/, '');
}

/** Reads a key to verify with, given as `file` or `id=file`. Throws PortcullisError: `io_failed`, `key_invalid`. */
export async function readVerificationKey(
  io: CliIo,
  text: string,
  algorithm: SignatureAlgorithm | undefined,
): Promise<{ readonly id: string; readonly key: VerificationKey }> {
  const [, id, path] = /^([A-Za-z0-9_.-]+)=(.+)$/.exec(text) ?? [undefined, keyIdOf(text), text];
  const file = path ?? text;
  const content = await readKeyText(io, file);
  const key = named(file, () =>
    loadVerificationKey({ algorithm: algorithmFor(content, algorithm), text: content }),
  );
  return { id: id ?? keyIdOf(file), key };
}

/** Reads a key to sign with. Throws PortcullisError: `io_failed`, `key_invalid`. */
export async function readSigningKey(
  io: CliIo,
  file: string,
  algorithm: SignatureAlgorithm | undefined,
): Promise<SigningKey> {
  const text = await readKeyText(io, file);
  return named(file, () => loadSigningKey({ algorithm: algorithmFor(text, algorithm), text }));
}

/** The files of a new key. A secret is both halves, and then there is no public file. */
export interface KeyFiles {
  readonly privateFile: string;
  readonly publicFile: string | undefined;
}

/** Makes a key. Never replaces a file. Throws PortcullisError: `usage` when one exists, `io_failed`. */
export async function writeNewKey(io: CliIo, algorithm: SignatureAlgorithm, out: string): Promise<KeyFiles> {
  const { signingKey, verificationKey } = generateKeyPair(algorithm);
  if (keyRequirement(algorithm).kind === 'secret') {
    const privateFile = `${out}.secret`;
    await writeNewFile(io, privateFile, signingKey, 0o600);
    return { privateFile, publicFile: undefined };
  }
  const files = { privateFile: `${out}.key.pem`, publicFile: `${out}.pub.pem` };
  await writeNewFile(io, files.privateFile, signingKey, 0o600);
  try {
    await writeNewFile(io, files.publicFile, verificationKey, 0o644);
  } catch (thrown) {
    // A private key whose public half was never seen is of no use.
    await rm(resolve(io.cwd, files.privateFile));
    throw thrown;
  }
  return files;
}

async function writeNewFile(io: CliIo, path: string, text: string, mode: number): Promise<void> {
  const file = resolve(io.cwd, path);
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text, { flag: 'wx', mode });
  } catch (thrown) {
    const exists = thrown instanceof Error && 'code' in thrown && thrown.code === 'EEXIST';
    if (exists) throw new PortcullisError('usage', `${path} exists; remove it first or choose another --out`);
    throw new PortcullisError('io_failed', `cannot write ${path}: ${toPortcullisError(thrown).message}`, {
      cause: thrown,
    });
  }
}

async function readKeyText(io: CliIo, file: string): Promise<string> {
  return (await readNamedFile(io, file)).toString('utf8');
}

function algorithmFor(text: string, algorithm: SignatureAlgorithm | undefined): SignatureAlgorithm {
  return algorithm ?? likelyAlgorithm(text) ?? 'ES256';
}

/** Says which file a key's mistake is in. */
function named<T>(file: string, load: () => T): T {
  try {
    return load();
  } catch (thrown) {
    const error = toPortcullisError(thrown);
    throw new PortcullisError(error.code, `${file}: ${error.message}`, { cause: thrown });
  }
}
