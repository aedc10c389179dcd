import { type Builtin, BuiltinError } from './builtin.ts';
import { quote } from './go-quote.ts';
import { stringOperand } from './operands.ts';

/** Semantic versions as OPA reads them (internal/semver): strict, but for a `v` before the first number. */
export const semverBuiltins: readonly Builtin[] = [
  {
    name: 'semver.compare',
    effects: [],
    call: (_context, a, b) => {
      const [left, right] = [stringOperand(a, 1), stringOperand(b, 2)];
      return compareVersions(versionOperand(left, 1), versionOperand(right, 2));
    },
  },
  {
    name: 'semver.is_valid',
    effects: [],
    call: (_context, text) => typeof text === 'string' && parseVersion(text) !== undefined,
  },
];

/** Identifiers of the pre-release; none where there is none. Metadata does not count in comparisons. */
interface Version {
  readonly numbers: readonly bigint[];
  readonly preRelease: readonly string[];
}

const MAX_INT64 = 2n ** 63n - 1n;

const IDENTIFIERS = /^[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*$/;

const NUMERIC = /^[0-9]+$/;

function versionOperand(text: string, position: number): Version {
  const version = parseVersion(text);
  if (version !== undefined) return version;
  throw new BuiltinError(`operand ${position}: string ${quote(text)} is not a valid SemVer`);
}

function parseVersion(text: string): Version | undefined {
  const [withoutMetadata, metadata] = cut(text.replace(/^v/, ''), '+');
  const [core, preRelease] = cut(withoutMetadata, '-');
  if (metadata !== undefined && !IDENTIFIERS.test(metadata)) return undefined;
  const identifiers = preRelease?.split('.') ?? [];
  if (preRelease !== undefined && !(IDENTIFIERS.test(preRelease) && !identifiers.some(hasLeadingZero))) {
    return undefined;
  }
  const numbers = core.split('.');
  if (numbers.length !== 3 || !numbers.every(isInt64)) return undefined;
  return { numbers: numbers.map(BigInt), preRelease: identifiers };
}

function isInt64(text: string): boolean {
  // The length first: making a BigInt of a long text is slow.
  return NUMERIC.test(text) && !hasLeadingZero(text) && text.length <= 19 && BigInt(text) <= MAX_INT64;
}

function hasLeadingZero(identifier: string): boolean {
  return identifier.length > 1 && identifier.startsWith('0') && NUMERIC.test(identifier);
}

/** The texts before and after the first separator. */
function cut(text: string, separator: string): [before: string, after: string | undefined] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

/** SemVer 2.0.0, item 11. */
function compareVersions(a: Version, b: Version): number {
  for (const [i, left] of a.numbers.entries()) {
    const right = b.numbers[i]!;
    if (left !== right) return left < right ? -1 : 1;
  }
  if (a.preRelease.length === 0 || b.preRelease.length === 0) {
    return Math.sign(b.preRelease.length - a.preRelease.length);
  }
  for (const [i, left] of a.preRelease.entries()) {
    const right = b.preRelease[i];
    if (right === undefined) return 1;
    const order = compareIdentifiers(left, right);
    if (order !== 0) return order;
  }
  return a.preRelease.length < b.preRelease.length ? -1 : 0;
}

/** Numbers before words. Go reads a number beyond 64 bits as the largest one, so that two of them are equal. */
function compareIdentifiers(left: string, right: string): number {
  const [a, b] = [NUMERIC.test(left), NUMERIC.test(right)];
  if (a !== b) return a ? -1 : 1;
  if (!a) return left === right ? 0 : left < right ? -1 : 1;
  const [x, y] = [saturated(left), saturated(right)];
  return x === y ? 0 : x < y ? -1 : 1;
}

function saturated(digits: string): bigint {
  const value = digits.length > 19 ? MAX_INT64 : BigInt(digits);
  return value > MAX_INT64 ? MAX_INT64 : value;
}
