/** An authority, and certificates that it signs for names. */
import {
  basicConstraints,
  certificate,
  commonName,
  KEYS,
  type KeyPair,
  P256_A,
  pem,
  subjectAltName,
  usualSigning,
} from './certificates.ts';

const CA_KEY = P256_A;
export const LEAF_KEY: KeyPair = KEYS['rsa']!;

export const CA: string = pem(
  'CERTIFICATE',
  certificate({
    key: CA_KEY,
    signing: usualSigning(CA_KEY),
    subject: commonName('authority'),
    issuer: commonName('authority'),
    extensions: [basicConstraints(true)],
  }),
);

export function leaf(name: string, key: KeyPair, notAfter?: Buffer): string {
  const der = certificate({
    key,
    signing: usualSigning(CA_KEY),
    subject: commonName(name),
    issuer: commonName('authority'),
    extensions: [subjectAltName([2, name])],
    ...(notAfter && { notAfter }),
  });
  return pem('CERTIFICATE', der);
}

export const keyText = ({ privateKey }: KeyPair): string =>
  privateKey.export({ type: 'pkcs8', format: 'pem' });
