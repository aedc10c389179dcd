import type { RegoValue } from '../value.ts';
import type { Builtin } from './builtin.ts';
import { decodeVerify } from './jwt-decode-verify.ts';
import { keyById, type VerificationKey, verificationKeys } from './jwt-keys.ts';
import {
  ALGORITHMS,
  type Algorithm,
  checkVerifiedBytes,
  verifyHmac,
  verifySignature,
} from './jwt-signature.ts';
import {
  claimsOf,
  decodeHeader,
  decodePayload,
  decodeSignature,
  headerString,
  readHeader,
  signedBytes,
  splitToken,
} from './jwt-token.ts';
import { stringOperand } from './operands.ts';

/** JSON Web Tokens as OPA's v1/topdown/tokens.go reads and verifies them. */

/** Tokens wrapped in tokens are followed this far; each level makes the text a quarter shorter, so few fit anyway. */
const MAX_NESTING = 16;

/** `[header, payload, signature in hex]`, nothing verified. */
function decode(value: RegoValue | undefined, depth: number): RegoValue {
  const token = splitToken(value);
  const header = decodeHeader(token);
  const payload = decodePayload(token);
  const type = header.get('cty');
  if (type !== undefined && headerString('cty', type) === 'JWT' && depth < MAX_NESTING) {
    // A nested token stands in quotes.
    return decode(withoutQuotes(payload), depth + 1);
  }
  return [header, claimsOf(payload), decodeSignature(token).toString('hex')];
}

/** A loop, for a pattern that ends in `+$` takes quadratic time on a payload that is all quotes. */
function withoutQuotes(text: string): string {
  const isQuote = (at: number): boolean => text[at] === '"' || text[at] === "'";
  let start = 0;
  let end = text.length;
  while (start < end && isQuote(start)) start++;
  while (end > start && isQuote(end - 1)) end--;
  return text.slice(start, end);
}

/** Whether any of the keys verifies the token; with a matching key id, only that key counts. */
function verifyWithKeys(algorithm: Algorithm, tokenValue: RegoValue, keysValue: RegoValue): boolean {
  const token = splitToken(tokenValue);
  const keys = verificationKeys(stringOperand(keysValue, 2));
  const signature = decodeSignature(token);
  const header = readHeader(decodeHeader(token));
  const signed = signedBytes(token);
  const matches = (key: VerificationKey): boolean =>
    !key.isPrivate && verifySignature(algorithm, key.key, signed, signature, { exactLengths: false });

  const named = header.kid === '' ? undefined : keyById(keys, header.kid);
  if (named !== undefined) return matches(named);
  checkVerifiedBytes(keys.length, signed);
  return keys.some((key) => (key.alg === '' || key.alg === header.alg) && matches(key));
}

function verifyWithSecret(algorithm: Algorithm, tokenValue: RegoValue, secretValue: RegoValue): boolean {
  stringOperand(tokenValue, 1);
  const secret = stringOperand(secretValue, 2);
  const token = splitToken(tokenValue);
  return verifyHmac(algorithm.hash!, secret, signedBytes(token), decodeSignature(token));
}

function verifier(name: string): Builtin {
  const algorithm = ALGORITHMS.get(name)!;
  const verify = algorithm.family === 'HS' ? verifyWithSecret : verifyWithKeys;
  return {
    name: `io.jwt.verify_${name.toLowerCase()}`,
    effects: [],
    call: (_context, token, key) => verify(algorithm, token, key),
  };
}

export const jwtBuiltins: readonly Builtin[] = [
  { name: 'io.jwt.decode', effects: [], call: (_context, token) => decode(token, 0) },
  ...[...ALGORITHMS.keys()].filter((name) => name !== 'Ed25519').map(verifier),
  { name: 'io.jwt.decode_verify', effects: ['window'], call: decodeVerify },
];
