import { platformParse } from '../../json/platform-parse.ts';
import { BuiltinError } from './builtin.ts';
import { decodeBase64 } from './go-base64.ts';
import { isJwkAlgorithm } from './jwt-keys.ts';
import { readCertificates } from './x509/certificate.ts';
import { bigintOf, bitLength, type Curve, curveByJwkName, isOnCurve } from './x509/curves.ts';
import { DerError } from './x509/der.ts';

/** A JSON Web Key (RFC 7517) as jwx v3 reads it, with all that signing needs. */
export type SigningKey =
  | { readonly kind: 'oct'; readonly secret: Buffer }
  | { readonly kind: 'rsa'; readonly numbers: Readonly<Partial<Record<RsaField, bigint>>> }
  | { readonly kind: 'ec'; readonly curve: Curve; readonly d: Buffer }
  /** `d` is undefined in a public key. */
  | { readonly kind: 'ed25519'; readonly x: Buffer; readonly d: Buffer | undefined }
  /** A key of another kind, or without its private part. */
  | { readonly kind: 'useless' };

export type RsaField = 'n' | 'e' | 'd' | 'p' | 'q' | 'dp' | 'dq' | 'qi';

/** jwx reads no larger sets. */
const MAX_KEYS = 1_000;

/** jwx takes no shorter moduli. */
const MIN_RSA_BITS = 2048;

type Jwk = Readonly<Record<string, unknown>>;

/** The first key of a JWK or of a JWK set. Throws BuiltinError where any key of the set cannot be read. */
export function firstJwk(text: string): SigningKey {
  let document: unknown;
  try {
    document = platformParse(text);
  } catch (cause) {
    throw new BuiltinError('failed to parse a JWK key (set)', { cause });
  }
  const keys = isRecord(document) && Object.hasOwn(document, 'keys') ? document['keys'] : [document];
  if (!Array.isArray(keys) || keys.length > MAX_KEYS) throw new BuiltinError('invalid "keys" in a JWK set');
  const [first] = keys.map(readJwk);
  if (first === undefined) throw new BuiltinError('no keys found in JWK set');
  return first;
}

function readJwk(jwk: unknown): SigningKey {
  if (!isRecord(jwk)) throw invalid('it is no object');
  checkMembers(jwk);
  switch (jwk['kty']) {
    case 'oct':
      return { kind: 'oct', secret: filled(jwk, 'k') };
    case 'RSA':
      return readRsa(jwk);
    case 'EC':
      return readEc(jwk);
    case 'OKP':
      return readOkp(jwk);
    default:
      throw invalid('kty');
  }
}

/** Members of any key. JSON's null is the empty text where a text is wanted. */
function checkMembers(jwk: Jwk): void {
  for (const name of ['kid', 'use', 'x5t', 'x5t#S256', 'x5u']) text(jwk, name);
  if (jwk['alg'] !== undefined && !isJwkAlgorithm(jwk['alg'])) throw invalid('alg');
  const operations = jwk['key_ops'] ?? [];
  const isList =
    Array.isArray(operations) && operations.every((one) => one === null || typeof one === 'string');
  if (!isList) throw invalid('key_ops');
  if (jwk['x5c'] !== undefined && !isChain(jwk['x5c'])) throw invalid('x5c');
}

function isChain(chain: unknown): boolean {
  try {
    return Array.isArray(chain) && chain.every((one) => typeof one === 'string' && holdsCertificate(one));
  } catch (error) {
    if (error instanceof DerError) return false;
    throw error;
  }
}

function holdsCertificate(encoded: string): boolean {
  const der = decodeBase64(encoded.replace(/[ \t\r\n\v\f]/g, ''));
  return der !== undefined && readCertificates(der).length === 1;
}

function readRsa(jwk: Jwk): SigningKey {
  const [n, e] = [bigintOf(filled(jwk, 'n')), bigintOf(filled(jwk, 'e'))];
  if (bitLength(n) < MIN_RSA_BITS || e < 3n || e % 2n === 0n || e >= 2n ** 63n) throw invalid('n or e');
  if (jwk['d'] === undefined) return { kind: 'useless' };
  const d = bigintOf(filled(jwk, 'd'));
  const others = (['p', 'q', 'dp', 'dq', 'qi'] as const).flatMap((name) => {
    const value = bytes(jwk, name);
    return value === undefined ? [] : [[name, bigintOf(value)] as const];
  });
  return { kind: 'rsa', numbers: { n, e, d, ...Object.fromEntries(others) } };
}

function readEc(jwk: Jwk): SigningKey {
  const curve = curveByJwkName(jwk['crv']);
  if (curve === undefined) throw invalid('crv');
  const [x, y] = [filled(jwk, 'x'), filled(jwk, 'y')];
  const point = { x: bigintOf(x), y: bigintOf(y) };
  const isPoint = x.length === curve.size && y.length === curve.size && isOnCurve(curve, point);
  if (!isPoint) throw invalid('x or y');
  if (jwk['d'] === undefined) return { kind: 'useless' };
  const d = filled(jwk, 'd');
  if (d.length !== curve.size) throw invalid('d');
  return { kind: 'ec', curve, d };
}

/** Ed448 and X448 are names that jwx knows, and no more. */
function readOkp(jwk: Jwk): SigningKey {
  const crv = jwk['crv'];
  const isKnown = crv === 'Ed25519' || crv === 'X25519';
  if (!isKnown && crv !== 'Ed448' && crv !== 'X448') throw invalid('crv');
  const x = filled(jwk, 'x');
  const d = jwk['d'] === undefined ? undefined : filled(jwk, 'd');
  if (isKnown && (x.length !== 32 || (d !== undefined && d.length !== 32))) throw invalid('x or d');
  return crv === 'Ed25519' ? { kind: 'ed25519', x, d } : { kind: 'useless' };
}

function filled(jwk: Jwk, name: string): Buffer {
  const value = bytes(jwk, name);
  if (value === undefined || value.length === 0) throw invalid(name);
  return value;
}

function bytes(jwk: Jwk, name: string): Buffer | undefined {
  const value = text(jwk, name);
  if (value === undefined) return undefined;
  const decoded = anyBase64(value);
  if (decoded === undefined) throw invalid(name);
  return decoded;
}

function text(jwk: Jwk, name: string): string | undefined {
  const value = Object.hasOwn(jwk, name) ? (jwk[name] ?? '') : undefined;
  if (value !== undefined && typeof value !== 'string') throw invalid(name);
  return value;
}

/** Base64 of either alphabet; with padding where it ends in `=`. */
function anyBase64(value: string): Buffer | undefined {
  const compact = value.replace(/[\r\n]/g, '');
  if (/[+/]/.test(value) && /[-_]/.test(value)) return undefined;
  const standard = compact.replaceAll('-', '+').replaceAll('_', '/');
  if (value.endsWith('=')) return decodeBase64(standard);
  if (standard.length % 4 === 1 || standard.includes('=')) return undefined;
  return decodeBase64(standard.padEnd(Math.ceil(standard.length / 4) * 4, '='));
}

function invalid(what: string): BuiltinError {
  return new BuiltinError(`failed to parse a JWK key (set): invalid key: ${what}`);
}

function isRecord(value: unknown): value is Jwk {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
