import { DerError, DerReader, TAG } from './der.ts';
import { type AlgorithmIdentifier, DER_NULL, readAlgorithm } from './public-key.ts';

/** An algorithm that signs certificates, as Go's crypto/x509 knows it. */
export interface SignatureAlgorithm {
  /** Go's SignatureAlgorithm. */
  readonly number: number;
  readonly key: 'rsa' | 'dsa' | 'ecdsa' | 'ed25519';
  /** Node's name of the hash; undefined where the algorithm fixes it. MD5 and SHA-1 sign no certificates. */
  readonly hash: string | undefined;
  readonly pss: boolean;
}

const PSS_OID = '1.2.840.113549.1.1.10';
const MGF1_OID = '1.2.840.113549.1.1.8';
const ED25519_OID = '1.3.101.112';

function algorithm(
  number: number,
  key: SignatureAlgorithm['key'],
  hash: string | undefined,
  pss: boolean = false,
): SignatureAlgorithm {
  return { number, key, hash, pss };
}

const BY_OID: ReadonlyMap<string, SignatureAlgorithm> = new Map([
  ['1.2.840.113549.1.1.4', algorithm(2, 'rsa', 'md5')],
  ['1.2.840.113549.1.1.5', algorithm(3, 'rsa', 'sha1')],
  ['1.3.14.3.2.29', algorithm(3, 'rsa', 'sha1')],
  ['1.2.840.113549.1.1.11', algorithm(4, 'rsa', 'sha256')],
  ['1.2.840.113549.1.1.12', algorithm(5, 'rsa', 'sha384')],
  ['1.2.840.113549.1.1.13', algorithm(6, 'rsa', 'sha512')],
  ['1.2.840.10040.4.3', algorithm(7, 'dsa', 'sha1')],
  ['2.16.840.1.101.3.4.3.2', algorithm(8, 'dsa', 'sha256')],
  ['1.2.840.10045.4.1', algorithm(9, 'ecdsa', 'sha1')],
  ['1.2.840.10045.4.3.2', algorithm(10, 'ecdsa', 'sha256')],
  ['1.2.840.10045.4.3.3', algorithm(11, 'ecdsa', 'sha384')],
  ['1.2.840.10045.4.3.4', algorithm(12, 'ecdsa', 'sha512')],
  [ED25519_OID, algorithm(16, 'ed25519', undefined)],
]);

/** PSS with a salt as long as its hash, by the hash's identifier and that length. */
const PSS_BY_HASH: ReadonlyMap<string, SignatureAlgorithm> = new Map([
  ['2.16.840.1.101.3.4.2.1 32', algorithm(13, 'rsa', 'sha256', true)],
  ['2.16.840.1.101.3.4.2.2 48', algorithm(14, 'rsa', 'sha384', true)],
  ['2.16.840.1.101.3.4.2.3 64', algorithm(15, 'rsa', 'sha512', true)],
]);

/** Undefined for an algorithm, or parameters of one, that Go does not know. Never throws. */
export function signatureAlgorithm({ oid, parameters }: AlgorithmIdentifier): SignatureAlgorithm | undefined {
  const name = oid.join('.');
  if (name === ED25519_OID && parameters.length > 0) return undefined;
  if (name !== PSS_OID) return BY_OID.get(name);
  try {
    return pssAlgorithm(new DerReader(parameters, 'PSS parameters').inside(TAG.sequence));
  } catch (error) {
    if (error instanceof DerError) return undefined;
    throw error;
  }
}

/** RSASSA-PSS-params (RFC 8017 appendix A.2.3), all of them there but for the trailer field. */
function pssAlgorithm(parameters: DerReader): SignatureAlgorithm | undefined {
  const hash = explicitAlgorithm(parameters, 0);
  const mask = explicitAlgorithm(parameters, 1);
  if (!parameters.enter(2, TAG.integer)) return undefined;
  const saltLength = parameters.int64();
  const trailer = parameters.enter(3, TAG.integer) ? parameters.int64() : 1n;
  if (hash === undefined || mask === undefined) return undefined;
  const maskHash = readAlgorithm(new DerReader(mask.parameters, 'mask parameters').inside(TAG.sequence), {
    highTags: true,
  });
  const isUsual =
    isPlain(hash) &&
    mask.oid.join('.') === MGF1_OID &&
    maskHash.oid.join('.') === hash.oid.join('.') &&
    isPlain(maskHash) &&
    trailer === 1n;
  return isUsual ? PSS_BY_HASH.get(`${hash.oid.join('.')} ${saltLength}`) : undefined;
}

function explicitAlgorithm(parameters: DerReader, tag: number): AlgorithmIdentifier | undefined {
  if (!parameters.enter(tag, TAG.sequence)) return undefined;
  return readAlgorithm(parameters.inside(TAG.sequence), { highTags: true });
}

/** Without parameters, or with NULL for them. */
function isPlain({ parameters }: AlgorithmIdentifier): boolean {
  return parameters.length === 0 || parameters.equals(DER_NULL);
}
