import { createHmac, hash, timingSafeEqual } from 'node:crypto';
import type { Builtin } from './builtin.ts';
import { stringOperand } from './operands.ts';

/** Hashes and message authentication codes over strings (as UTF-8), in lower-case hex. */

function digest(algorithm: 'md5' | 'sha1' | 'sha256'): Builtin {
  return {
    name: `crypto.${algorithm}`,
    effects: [],
    call: (_context, text) => hash(algorithm, stringOperand(text, 1), 'hex'),
  };
}

function hmac(algorithm: 'md5' | 'sha1' | 'sha256' | 'sha512'): Builtin {
  return {
    name: `crypto.hmac.${algorithm}`,
    effects: [],
    call: (_context, message, key) => {
      const bytes = stringOperand(message, 1);
      return createHmac(algorithm, stringOperand(key, 2)).update(bytes).digest('hex');
    },
  };
}

/** Compares without telling by its duration where the difference is. */
const hmacEqual: Builtin = {
  name: 'crypto.hmac.equal',
  effects: [],
  call: (_context, left, right) => {
    const a = Buffer.from(stringOperand(left, 1));
    const b = Buffer.from(stringOperand(right, 2));
    return a.length === b.length && timingSafeEqual(a, b);
  },
};

export const cryptoBuiltins: readonly Builtin[] = [
  digest('md5'),
  digest('sha1'),
  digest('sha256'),
  hmac('md5'),
  hmac('sha1'),
  hmac('sha256'),
  hmac('sha512'),
  hmacEqual,
];
