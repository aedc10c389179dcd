import { hash, type KeyObject } from 'node:crypto';
import { LRUCache } from 'lru-cache';

/**
 * Signatures that were found to be right, so that a token which comes with each request is verified once: verifying takes 30 to 60 µs
 * for RSA, and more for elliptic curves, looking it up 2 µs. Whether a signature is right depends on nothing but what is in the key here; times and
 * claims are looked at each time. Only right ones are kept: what a stranger makes up is verified again and pushes
 * nothing out. Of tokens nothing is kept but a SHA-256, so that no dump of the memory gives one away.
 */
const MAX_SIGNATURES = 10_000;
const known = new LRUCache<string, true>({ max: MAX_SIGNATURES });

/** Keys are told by identity: those of another text, or of the same text parsed anew, are others. Numbers are never used again. */
const numbers = new WeakMap<KeyObject, number>();
let lastNumber = 0;

/**
 * Whether a key's signature is right: as it was found before, or as `verify` says.
 * @param scheme names the algorithm and how strictly it is applied
 */
export function verifiedOnce(
  key: KeyObject,
  scheme: string,
  signed: Buffer,
  signature: Buffer,
  verify: () => boolean,
): boolean {
  const name = nameOf(key, scheme, signed, signature);
  if (known.get(name) === true) return true;
  const isRight = verify();
  if (isRight) known.set(name, true);
  return isRight;
}

/** The length says where what is signed ends, so that no other pair has the same bytes. */
function nameOf(key: KeyObject, scheme: string, signed: Buffer, signature: Buffer): string {
  let number = numbers.get(key);
  if (number === undefined) numbers.set(key, (number = ++lastNumber));
  const digest = hash('sha256', Buffer.concat([signed, signature]), 'base64');
  return `${number} ${scheme} ${signed.length} ${digest}`;
}
