import type { RegoNumber, RegoObject, RegoValue } from '../value.ts';
import { type BuiltinContext, BuiltinError } from './builtin.ts';
import { sortedEntries, typeName } from './compare.ts';
import { keyById, type VerificationKey, verificationKeys } from './jwt-keys.ts';
import { ALGORITHMS, checkVerifiedBytes, verifySignature } from './jwt-signature.ts';
import {
  claimsOf,
  decodeHeader,
  decodePayload,
  decodeSignature,
  isAcceptable,
  readHeader,
  signedBytes,
  splitToken,
  type Token,
  type TokenHeader,
} from './jwt-token.ts';
import { compareNumbers, numberToFloat } from './numbers.ts';
import { objectOperand } from './operands.ts';

/** What the caller demands of a token; an empty text demands nothing. */
interface Constraints {
  keys: readonly VerificationKey[] | undefined;
  secret: string;
  alg: string;
  iss: string;
  aud: string;
  /** Nanoseconds; undefined for the time of the evaluation. */
  timeNs: number | undefined;
}

/** OPA and we read times as doubles of nanoseconds. */
const NS_PER_SECOND = 1_000_000_000;
const NS_PER_MS = 1_000_000n;

/**
 * `io.jwt.decode_verify`: `[true, header, payload]` when signature and constraints hold, else `[false, {}, {}]`.
 * Throws BuiltinError where the token or the constraints cannot be read. Unless the constraints name a time, the
 * result is good within the span that `exp` (exclusive) and `nbf` leave around now, and the evaluation is told so.
 */
export function decodeVerify(context: BuiltinContext, ...[value, options]: RegoValue[]): RegoValue {
  const constraints = readConstraints(objectOperand(options, 2));
  const verified = openVerified(value, constraints);
  if (verified === undefined) return unverified();
  const payload = claimsOf(verified.payload);
  const holds = hasIssuer(payload, constraints) && hasAudience(payload, constraints);
  if (!holds || !isCurrent(context, payload, constraints)) return unverified();
  return [true, verified.header, payload];
}

function unverified(): RegoValue {
  return [false, new Map(), new Map()];
}

function readConstraints(object: RegoObject): Constraints {
  const found: Constraints = { keys: undefined, secret: '', alg: '', iss: '', aud: '', timeNs: undefined };
  for (const [key, value] of sortedEntries(object)) {
    const name = stringKey(key);
    switch (name) {
      case 'cert':
        found.keys = verificationKeys(constraintString(name, value));
        break;
      case 'secret':
      case 'alg':
      case 'iss':
      case 'aud':
        found[name] = constraintString(name, value);
        break;
      case 'time':
        found.timeNs = constraintTime(value);
        break;
      default:
        throw new BuiltinError(`unknown token validation constraint: ${name}`);
    }
  }
  if (found.keys !== undefined && found.secret !== '') throw new BuiltinError('duplicate key constraints');
  if (found.keys === undefined && found.secret === '') throw new BuiltinError('no key constraint');
  return found;
}

function stringKey(key: RegoValue): string {
  if (typeof key === 'string') return key;
  throw new BuiltinError(`unknown token validation constraint: ${typeName(key)}`);
}

function constraintString(name: string, value: RegoValue): string {
  if (typeof value !== 'string') throw new BuiltinError(`${name} constraint: must be a string`);
  return value;
}

function constraintTime(value: RegoValue): number {
  if (typeName(value) !== 'number') throw new BuiltinError('token time constraint: must be a number');
  const timeNs = numberToFloat(value as RegoNumber);
  if (!Number.isFinite(timeNs)) throw new BuiltinError('token time constraint: unvalid float64');
  if (timeNs < 0) throw new BuiltinError('token time constraint: must not be negative');
  return timeNs;
}

/** Header and payload of the innermost token when every signature on the way verifies (RFC 7519 section 7.2). */
function openVerified(
  value: RegoValue | undefined,
  constraints: Constraints,
): { header: RegoObject; payload: string } | undefined {
  for (let current = value; ; ) {
    const token = splitToken(current);
    const decoded = decodeHeader(token);
    const header = readHeader(decoded);
    if (!isAcceptable(header)) return undefined;
    if (constraints.alg !== '' && constraints.alg !== header.alg) return undefined;
    if (!isSigned(token, header, constraints)) return undefined;
    const payload = decodePayload(token);
    if (header.cty.toUpperCase() !== 'JWT') return { header: decoded, payload };
    current = payload;
  }
}

function isSigned(token: Token, header: TokenHeader, { keys, secret }: Constraints): boolean {
  const signature = decodeSignature(token);
  const algorithm = ALGORITHMS.get(header.alg);
  if (algorithm === undefined) return false;
  const signed = signedBytes(token);
  const matches = (key: VerificationKey['key']): boolean =>
    verifySignature(algorithm, key, signed, signature, { exactLengths: true });

  if (keys === undefined) return matches(Buffer.from(secret));
  const named = header.kid === '' ? undefined : keyById(keys, header.kid);
  if (named !== undefined) return matches(named.key);
  checkVerifiedBytes(keys.length, signed);
  return keys.some((key) => (key.alg === '' || key.alg === header.alg) && matches(key.key));
}

function hasIssuer(payload: RegoObject, { iss }: Constraints): boolean {
  if (iss === '') return true;
  const issuer = payload.get('iss');
  if (issuer !== undefined && typeof issuer !== 'string')
    throw new BuiltinError('iss value must be a string');
  return issuer === iss;
}

/** A token for an audience is refused where none is demanded. */
function hasAudience(payload: RegoObject, { aud }: Constraints): boolean {
  const audience = payload.get('aud');
  if (audience === undefined) return aud === '';
  return Array.isArray(audience) ? audience.includes(aud) : audience === aud;
}

/** Checks `exp`, then `nbf`; tells the evaluation for how long the outcome holds, also when it is an error. */
function isCurrent(context: BuiltinContext, payload: RegoObject, { timeNs }: Constraints): boolean {
  const seconds = (timeNs ?? Number(context.nowNs)) / NS_PER_SECOND;
  const narrow = (fromMs: number, untilMs: number): void => {
    if (timeNs === undefined) context.narrow(fromMs, untilMs);
  };

  const exp = claimedSeconds(payload, 'exp');
  if (exp !== undefined && compareNumbers(seconds, exp) >= 0) {
    narrow(reachedMs(exp), Number.POSITIVE_INFINITY);
    return false;
  }
  if (exp !== undefined) narrow(Number.NEGATIVE_INFINITY, notReachedMs(exp));

  const nbf = claimedSeconds(payload, 'nbf');
  if (nbf !== undefined && compareNumbers(seconds, nbf) < 0) {
    narrow(Number.NEGATIVE_INFINITY, notReachedMs(nbf));
    return false;
  }
  if (nbf !== undefined) narrow(reachedMs(nbf), Number.POSITIVE_INFINITY);
  return true;
}

function claimedSeconds(payload: RegoObject, name: 'exp' | 'nbf'): RegoNumber | undefined {
  const value = payload.get(name);
  if (value === undefined || typeName(value) === 'number') return value as RegoNumber | undefined;
  throw new BuiltinError(`${name} value must be a number`);
}

/**
 * From when on the time has reached a claim, in whole milliseconds. Seconds with a fraction are compared after two roundings,
 * of the nanoseconds and of the seconds, so the comparison itself says when.
 */
function reachedMs(claim: RegoNumber): number {
  const nearMs = Math.ceil(numberToFloat(claim) * 1000);
  if (!Number.isSafeInteger(nearMs)) return nearMs;
  return [nearMs - 1, nearMs].find((ms) => isReached(claim, ms)) ?? nearMs + 1;
}

/** Until when it has not: fractions of a second may be reached some nanoseconds early, so those end a millisecond before. */
function notReachedMs(claim: RegoNumber): number {
  const seconds = numberToFloat(claim);
  return Number.isInteger(seconds) ? seconds * 1000 : reachedMs(claim) - 1;
}

function isReached(claim: RegoNumber, ms: number): boolean {
  return compareNumbers(Number(BigInt(ms) * NS_PER_MS) / NS_PER_SECOND, claim) >= 0;
}
