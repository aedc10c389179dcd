import { bitLength } from './curves.ts';

/** An RSA private key (RFC 8017 appendix A.1.2) that Go's crypto/rsa takes. */
export interface RsaPrivateKey {
  readonly kind: 'rsa';
  readonly n: bigint;
  readonly e: bigint;
  readonly d: bigint;
  /** At least two. */
  readonly primes: readonly bigint[];
  readonly dp: bigint;
  readonly dq: bigint;
  readonly qInv: bigint;
  /** For the third prime and those behind it. */
  readonly crtValues: readonly { readonly exp: bigint; readonly coeff: bigint; readonly r: bigint }[];
}

/** What a key's encoding holds. The last three may be missing. */
export interface RsaNumbers {
  readonly n: bigint;
  readonly e: bigint;
  readonly d: bigint;
  readonly primes: readonly bigint[];
  readonly dp: bigint | undefined;
  readonly dq: bigint | undefined;
  readonly qInv: bigint | undefined;
}

/** Larger keys are refused: checking one takes time that grows with its cube. */
const MAX_MODULUS_BITS = 8192;
const MAX_PRIME_BITS = 4096;
const MAX_PRIMES = 5;

const MAX_EXPONENT = 2n ** 31n - 1n;

/** The key when its numbers go together as Go's PrivateKey.Validate demands; undefined where they do not. */
export function checkedRsaKey(numbers: RsaNumbers): RsaPrivateKey | undefined {
  const { n, e, d, primes } = numbers;
  if (bitLength(n) > MAX_MODULUS_BITS || primes.length > MAX_PRIMES) return undefined;
  if (primes.some((prime) => bitLength(prime) > MAX_PRIME_BITS)) return undefined;
  if (n <= 1n || n % 2n === 0n || d >= n || e < 2n || e % 2n === 0n || e > MAX_EXPONENT) return undefined;
  return primes.length === 2 ? twoPrimeKey(numbers) : multiPrimeKey(numbers);
}

function twoPrimeKey({ n, e, d, primes, dp, dq, qInv }: RsaNumbers): RsaPrivateKey | undefined {
  const [p = 0n, q = 0n] = primes;
  // Prime numbers less one are divisors below.
  if (p < 3n || q < 3n || p >= n || q >= n || (p * q) % n !== 0n) return undefined;
  const difference = p < q ? q - p : p - q;
  const half = Math.floor(bitLength(n) / 2);
  if (difference === 0n || bitLength(difference) <= half - 100 || bitLength(d) <= half) return undefined;
  const isComplete = dp !== undefined && dq !== undefined && qInv !== undefined;
  if (!isComplete && p % 2n === 0n) return undefined;
  const crt = isComplete
    ? { dp, dq, qInv }
    : { dp: d % (p - 1n), dq: d % (q - 1n), qInv: power(q, p - 2n, p) };
  if (crt.dp !== d % (p - 1n) || (e * crt.dp) % (p - 1n) !== 1n) return undefined;
  if (crt.dq !== d % (q - 1n) || (e * crt.dq) % (q - 1n) !== 1n) return undefined;
  if (crt.qInv >= p || (q * crt.qInv) % p !== 1n) return undefined;
  return { kind: 'rsa', n, e, d, primes, ...crt, crtValues: [] };
}

/** Of three primes and more Go checks only that they have no common factors. */
function multiPrimeKey({ n, e, d, primes }: RsaNumbers): RsaPrivateKey | undefined {
  const [p = 0n, q = 0n, ...others] = primes;
  if (primes.some((prime) => prime <= 1n)) return undefined;
  const qInv = inverse(q, p);
  if (qInv === undefined) return undefined;
  const crtValues: { exp: bigint; coeff: bigint; r: bigint }[] = [];
  let r = p * q;
  for (const prime of others) {
    const coeff = inverse(r, prime);
    if (coeff === undefined) return undefined;
    crtValues.push({ exp: d % (prime - 1n), coeff, r });
    r *= prime;
  }
  return { kind: 'rsa', n, e, d, primes, dp: d % (p - 1n), dq: d % (q - 1n), qInv, crtValues };
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  let square = base % modulus;
  for (const bit of exponent.toString(2).split('').reverse()) {
    if (bit === '1') result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}

/** The number that times `value` is one, modulo `modulus`; undefined where they have a common factor. */
function inverse(value: bigint, modulus: bigint): bigint | undefined {
  let [low, high] = [value % modulus, modulus];
  let [x, y] = [1n, 0n];
  while (low > 0n) {
    const quotient = high / low;
    [high, low] = [low, high - quotient * low];
    [y, x] = [x, y - quotient * x];
  }
  return high === 1n ? ((y % modulus) + modulus) % modulus : undefined;
}
