/** The elliptic curves that Go's crypto/x509 knows (FIPS 186-5): y² = x³ - 3x + b modulo p. */
export interface Curve {
  /** The object identifier. */
  readonly oid: readonly number[];
  /** The name in JSON Web Keys; undefined where they have none. */
  readonly jwkName: string | undefined;
  /** Node's name. */
  readonly nodeName: string;
  /** Octets of a coordinate, and of a private key. */
  readonly size: number;
  readonly p: bigint;
  readonly b: bigint;
  /** The number of points. */
  readonly order: bigint;
}

const P224: Curve = {
  oid: [1, 3, 132, 0, 33],
  jwkName: undefined,
  nodeName: 'secp224r1',
  size: 28,
  p: 2n ** 224n - 2n ** 96n + 1n,
  b: 0xb4050a850c04b3abf54132565044b0b7d7bfd8ba270b39432355ffb4n,
  order: 0xffffffffffffffffffffffffffff16a2e0b8f03e13dd29455c5c2a3dn,
};

const P256: Curve = {
  oid: [1, 2, 840, 10045, 3, 1, 7],
  jwkName: 'P-256',
  nodeName: 'prime256v1',
  size: 32,
  p: 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n,
  b: 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn,
  order: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
};

const P384: Curve = {
  oid: [1, 3, 132, 0, 34],
  jwkName: 'P-384',
  nodeName: 'secp384r1',
  size: 48,
  p: 2n ** 384n - 2n ** 128n - 2n ** 96n + 2n ** 32n - 1n,
  b: 0xb3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aefn,
  order: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
};

const P521: Curve = {
  oid: [1, 3, 132, 0, 35],
  jwkName: 'P-521',
  nodeName: 'secp521r1',
  size: 66,
  p: 2n ** 521n - 1n,
  b: 0x0051953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00n,
  order:
    0x1fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409n,
};

const CURVES: readonly Curve[] = [P224, P256, P384, P521];

export function curveByOid(oid: readonly number[]): Curve | undefined {
  const text = oid.join('.');
  return CURVES.find((curve) => curve.oid.join('.') === text);
}

export function curveByJwkName(name: unknown): Curve | undefined {
  return typeof name === 'string' ? CURVES.find((curve) => curve.jwkName === name) : undefined;
}

export interface CurvePoint {
  readonly x: bigint;
  readonly y: bigint;
}

/** The point of an uncompressed encoding (SEC 1 section 2.3.4); undefined where it is not on the curve. */
export function pointOf(curve: Curve, bytes: Buffer): CurvePoint | undefined {
  if (bytes.length !== 1 + 2 * curve.size || bytes[0] !== 4) return undefined;
  const point = {
    x: bigintOf(bytes.subarray(1, 1 + curve.size)),
    y: bigintOf(bytes.subarray(1 + curve.size)),
  };
  return isOnCurve(curve, point) ? point : undefined;
}

export function isOnCurve({ p, b }: Curve, { x, y }: CurvePoint): boolean {
  return x < p && y < p && (y * y - (x * x * x - 3n * x + b)) % p === 0n;
}

/** The number that the bytes write, the most significant first. */
export function bigintOf(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
}

/** The number in so many bytes, the most significant first; in as few as it needs where no size is given. */
export function bytesOf(value: bigint, size?: number): Buffer {
  const hex = value === 0n ? '' : value.toString(16);
  return Buffer.from(hex.padStart(size === undefined ? hex.length + (hex.length % 2) : 2 * size, '0'), 'hex');
}

/** Binary digits of a number from 0. */
export function bitLength(value: bigint): number {
  if (value === 0n) return 0;
  const hex = value.toString(16);
  return 4 * (hex.length - 1) + (32 - Math.clz32(Number.parseInt(hex[0]!, 16)));
}
