import {
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  X509Certificate,
} from 'node:crypto';
import { PortcullisError } from '../errors.ts';
import { parseJson } from '../json/parse.ts';
import { keyRequirement, type SignatureAlgorithm } from './signature-algorithm.ts';

const MIN_RSA_BITS = 2048;
const DEFAULT_RSA_BITS = 3072;

/** A key to verify with, and the one algorithm it is good for. */
export interface VerificationKey {
  readonly algorithm: SignatureAlgorithm;
  readonly key: KeyObject;
}

/** A key to sign with, and the one algorithm it is good for. */
export interface SigningKey {
  readonly algorithm: SignatureAlgorithm;
  readonly key: KeyObject;
}

/** A key as text (PEM, a certificate in PEM, a JWK; for HMAC the secret itself or a JWK) and the algorithm it is meant for. */
export interface KeySource {
  readonly algorithm: SignatureAlgorithm;
  readonly text: string;
}

/**
 * Loads a key for verifying. PEM may hold SPKI, PKCS #1, a certificate, or a private key, of which the public half is
 * taken. The type, curve and size must fit the algorithm. Throws `key_invalid`; messages never hold key material.
 */
export function loadVerificationKey(source: KeySource): VerificationKey {
  const key = load(source, (input) => createPublicKey(input));
  return { algorithm: source.algorithm, key };
}

/** Loads a key for signing: PEM in PKCS #8, PKCS #1 or SEC 1, a private JWK, or an HMAC secret. Throws `key_invalid`. */
export function loadSigningKey(source: KeySource): SigningKey {
  const key = load(source, (input) => createPrivateKey(input));
  return { algorithm: source.algorithm, key };
}

/**
 * Makes a key for an algorithm: a pair in PEM (PKCS #8 and SPKI), or for HMAC a random secret in base64, which is then
 * both halves. RSA keys have 3072 bits.
 */
export function generateKeyPair(algorithm: SignatureAlgorithm): {
  signingKey: string;
  verificationKey: string;
} {
  const requirement = keyRequirement(algorithm);
  if (requirement.kind === 'secret') {
    const secret = randomBytes(requirement.minBytes).toString('base64');
    return { signingKey: secret, verificationKey: secret };
  }
  const pair =
    requirement.kind === 'rsa'
      ? generateKeyPairSync('rsa', { modulusLength: DEFAULT_RSA_BITS })
      : requirement.kind === 'ec'
        ? generateKeyPairSync('ec', { namedCurve: requirement.curve })
        : generateKeyPairSync('ed25519');
  return {
    signingKey: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }),
    verificationKey: pair.publicKey.export({ type: 'spki', format: 'pem' }),
  };
}

type AsymmetricInput = string | { key: Record<string, string>; format: 'jwk' };

function load(source: KeySource, create: (input: AsymmetricInput) => KeyObject): KeyObject {
  const { algorithm, text } = source;
  const jwk = parseJwk(text);
  if (jwk?.['alg'] !== undefined && jwk['alg'] !== algorithm) {
    throw invalid(algorithm, `the JWK is for ${jwk['alg'].slice(0, 20)}`);
  }
  if (keyRequirement(algorithm).kind === 'secret') return loadSecret(algorithm, text, jwk);
  let key: KeyObject;
  try {
    key = create(jwk === undefined ? text : { key: jwk, format: 'jwk' });
  } catch (error) {
    throw invalid(algorithm, 'the text is no PEM key, PEM certificate or JWK of the needed half', error);
  }
  checkFit(algorithm, key);
  return key;
}

/** The text's bytes are the secret, as OPA takes them: a newline at the end belongs to it. */
function loadSecret(
  algorithm: SignatureAlgorithm,
  text: string,
  jwk: Record<string, string> | undefined,
): KeyObject {
  if (jwk === undefined) checkNoKey(algorithm, text.trim());
  else if (jwk['kty'] !== 'oct' || jwk['k'] === undefined)
    throw invalid(algorithm, 'the JWK is not of type oct');
  const secret = Buffer.from(jwk?.['k'] ?? text, jwk === undefined ? 'utf8' : 'base64url');
  const requirement = keyRequirement(algorithm);
  if (requirement.kind === 'secret' && secret.length < requirement.minBytes) {
    throw invalid(algorithm, `the secret has ${secret.length} bytes, fewer than ${requirement.minBytes}`);
  }
  return createSecretKey(secret);
}

/**
 * A public key as HMAC secret is the oldest confusion of algorithms there is (RFC 8725 section 2.1): whatever looks like a
 * key of another kind is refused. `text` is without white space and byte order mark around it.
 */
function checkNoKey(algorithm: SignatureAlgorithm, text: string): void {
  if (/-{4} ?BEGIN /.test(text)) throw invalid(algorithm, 'PEM cannot be a secret');
  if (/^[[{]/.test(text)) throw invalid(algorithm, 'text that begins as JSON must be one JWK of type oct');
  if (/^(?:ssh|ecdsa)-/.test(text)) throw invalid(algorithm, 'a key for SSH cannot be a secret');
  // Node's decoder takes both alphabets of base64 and passes over line ends.
  if ([Buffer.from(text, 'base64'), Buffer.from(text, 'hex')].some(isDer)) {
    throw invalid(algorithm, 'a key or certificate in DER cannot be a secret');
  }
}

/** Whether bytes are a key or a certificate in DER. All of them are ASN.1 sequences. */
function isDer(bytes: Buffer<ArrayBuffer>): boolean {
  if (bytes[0] !== 0x30) return false;
  const readers = [
    () => createPublicKey({ key: bytes, format: 'der', type: 'spki' }),
    () => createPublicKey({ key: bytes, format: 'der', type: 'pkcs1' }),
    () => createPrivateKey({ key: bytes, format: 'der', type: 'pkcs8' }),
    () => createPrivateKey({ key: bytes, format: 'der', type: 'pkcs1' }),
    () => createPrivateKey({ key: bytes, format: 'der', type: 'sec1' }),
    () => new X509Certificate(bytes),
  ];
  return readers.some((read) => {
    try {
      read();
      return true;
    } catch {
      return false;
    }
  });
}

function checkFit(algorithm: SignatureAlgorithm, key: KeyObject): void {
  const requirement = keyRequirement(algorithm);
  const type = key.asymmetricKeyType;
  const details = key.asymmetricKeyDetails;
  if (requirement.kind === 'rsa') {
    if (type !== 'rsa') throw invalid(algorithm, `the key is of type ${type}, not rsa`);
    const bits = details?.modulusLength ?? 0;
    if (bits < MIN_RSA_BITS) throw invalid(algorithm, `the key has ${bits} bits, fewer than ${MIN_RSA_BITS}`);
  } else if (requirement.kind === 'ec') {
    if (type !== 'ec') throw invalid(algorithm, `the key is of type ${type}, not ec`);
    if (details?.namedCurve !== requirement.curve) {
      throw invalid(algorithm, `the key is on the curve ${details?.namedCurve}, not ${requirement.curve}`);
    }
  } else if (type !== 'ed25519') {
    throw invalid(algorithm, `the key is of type ${type}, not ed25519`);
  }
}

/** The members of a JWK that are text, or undefined when the text is no JSON object. A byte order mark goes with the white space. */
function parseJwk(text: string): Record<string, string> | undefined {
  const trimmed = text.trim();
  if (!trimmed.startsWith('{')) return undefined;
  try {
    const members = Object.entries(parseJson(trimmed) as object).filter(
      (pair) => typeof pair[1] === 'string',
    );
    return Object.fromEntries(members) as Record<string, string>;
  } catch {
    return undefined;
  }
}

function invalid(algorithm: SignatureAlgorithm, problem: string, cause?: unknown): PortcullisError {
  return new PortcullisError('key_invalid', `the key does not fit ${algorithm}: ${problem}`, { cause });
}
