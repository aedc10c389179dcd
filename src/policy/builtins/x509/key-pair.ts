import type { RegoValue } from '../../value.ts';
import { decodePemBlocks } from '../pem.ts';
import { type Certificate, readCertificates } from './certificate.ts';
import { base64, certificateValue } from './certificate-value.ts';
import { DerError } from './der.ts';
import { type PrivateKey, readPkcs1, readPkcs8, readSec1 } from './private-key.ts';
import { privateKeyValue } from './private-key-value.ts';
import { pemOrBase64 } from './text.ts';

const BEGIN = '-----BEGIN ';

/**
 * Certificates, of which the first is the key's, and that key, as JSON of Go's tls.Certificate. Throws DerError where
 * they do not go together, and BuiltinError.
 */
export function keyPairValue(certificateText: string, keyText: string): RegoValue {
  const certificates = certificateBlocks(pemOrBase64(certificateText, BEGIN));
  const [first] = certificates;
  const keyDer = keyBlock(pemOrBase64(keyText, BEGIN));
  if (first === undefined || keyDer === undefined) throw new DerError('failed to find PEM data');
  const [leaf, ...others] = readCertificates(first);
  const key = readAnyKey(keyDer);
  if (leaf === undefined || others.length > 0 || !isPair(leaf, key)) {
    throw new DerError('private key does not match public key');
  }
  return new Map<RegoValue, RegoValue>([
    ['Certificate', certificates.map(base64)],
    ['PrivateKey', privateKeyValue(key)],
    ['SupportedSignatureAlgorithms', null],
    ['OCSPStaple', null],
    ['SignedCertificateTimestamps', null],
    ['Leaf', certificateValue(leaf, { uriStrings: false })],
  ]);
}

/** What is not PEM is taken for one certificate's bytes. */
function certificateBlocks(text: string): Buffer[] {
  if (!text.startsWith(BEGIN)) return [Buffer.from(text, 'latin1')];
  return decodePemBlocks(text)
    .filter(({ type }) => type === 'CERTIFICATE')
    .map(({ der }) => der);
}

function keyBlock(text: string): Buffer | undefined {
  if (!text.startsWith('-----BEGIN')) return Buffer.from(text, 'latin1');
  return decodePemBlocks(text).find(({ type }) => type === 'PRIVATE KEY' || type.endsWith(' PRIVATE KEY'))
    ?.der;
}

/** A key in any of the three formats, whatever the PEM block says. X25519 keys sign nothing, so they are none here. */
function readAnyKey(der: Buffer): PrivateKey {
  const key = readOrNothing(readPkcs1, der) ?? readOrNothing(readPkcs8, der) ?? readOrNothing(readSec1, der);
  if (key === undefined || key.kind === 'x25519') throw new DerError('failed to parse private key');
  return key;
}

function readOrNothing(read: (der: Buffer) => PrivateKey, der: Buffer): PrivateKey | undefined {
  try {
    return read(der);
  } catch (error) {
    if (error instanceof DerError) return undefined;
    throw error;
  }
}

function isPair({ publicKey }: Certificate, key: PrivateKey): boolean {
  if (publicKey?.kind === 'rsa' && key.kind === 'rsa') return publicKey.n === key.n && publicKey.e === key.e;
  if (publicKey?.kind === 'ed25519' && key.kind === 'ed25519') return publicKey.bytes.equals(key.publicBytes);
  if (publicKey?.kind !== 'ecdsa' || key.kind !== 'ecdsa') return false;
  const [ours, theirs] = [publicKey.point, key.point];
  return publicKey.curve === key.curve && ours.x === theirs.x && ours.y === theirs.y;
}
