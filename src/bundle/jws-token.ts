import { compactVerify, errors } from 'jose';
import { type ErrorCode, PortcullisError } from '../errors.ts';
import { parseJson } from '../json/parse.ts';
import { isJsonObject, type JsonObject } from '../json/value.ts';
import type { VerificationKey } from './keys.ts';
import { requireSignatureAlgorithm } from './signature-algorithm.ts';

const BASE64URL = /^[A-Za-z0-9_-]+$/;

/** A compact JWS taken apart (RFC 7515 section 7.1). Nothing in it is to be trusted before {@link verifyToken}. */
export interface UnverifiedToken {
  readonly compact: string;
  /** `alg`, one of those a bundle may be signed with. */
  readonly algorithm: string;
  /** `kid`, when the header holds one. */
  readonly keyId: string | undefined;
  /** The payload's claims. */
  readonly claims: JsonObject;
}

/** Throws `signature_file_invalid`, `signature_algorithm_forbidden`, `signature_payload_invalid`. */
export function parseToken(compact: string): UnverifiedToken {
  const parts = compact.split('.');
  const [header, payload] = parts;
  // An unsecured JWS ends in an empty part: it is refused below for its algorithm, which says more.
  if (parts.length !== 3 || header === undefined || payload === undefined || !BASE64URL.test(header)) {
    throw new PortcullisError('signature_file_invalid', 'the signature is not a compact JWS');
  }
  const members = decodeObject(header, 'signature_file_invalid', 'the header of the signature');
  if (typeof members['alg'] !== 'string') {
    throw new PortcullisError('signature_file_invalid', 'the header of the signature names no algorithm');
  }
  const kid = members['kid'];
  if (kid !== undefined && typeof kid !== 'string') {
    throw new PortcullisError(
      'signature_file_invalid',
      'the key id in the header of the signature is not a string',
    );
  }
  return {
    compact,
    algorithm: requireSignatureAlgorithm(members['alg']),
    keyId: kid === '' ? undefined : kid,
    claims: decodeObject(payload, 'signature_payload_invalid', 'the payload of the signature'),
  };
}

/**
 * Checks the signature with the key's own algorithm, never with the header's word for it. Keys inside the header
 * (`jwk`, `jku`, `x5c`) are not looked at. Throws `signature_algorithm_mismatch`, `signature_invalid`.
 */
export async function verifyToken(
  token: UnverifiedToken,
  { algorithm, key }: VerificationKey,
): Promise<void> {
  if (token.algorithm !== algorithm) {
    throw new PortcullisError(
      'signature_algorithm_mismatch',
      `the bundle is signed with ${token.algorithm}, but the key is for ${algorithm}`,
    );
  }
  try {
    await compactVerify(token.compact, key, { algorithms: [algorithm] });
  } catch (error) {
    if (!(error instanceof errors.JOSEError)) throw error;
    throw new PortcullisError('signature_invalid', 'the signature does not verify with the configured key', {
      cause: error,
    });
  }
}

function decodeObject(part: string, code: ErrorCode, what: string): JsonObject {
  let value: unknown;
  try {
    value = parseJson(Buffer.from(part, 'base64url'));
  } catch (error) {
    throw new PortcullisError(code, `${what} is not JSON`, { cause: error });
  }
  if (isJsonObject(value)) return value;
  throw new PortcullisError(code, `${what} is not a JSON object`);
}
