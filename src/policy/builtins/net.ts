import type { RegoSet, RegoValue } from '../value.ts';
import { type Builtin, BuiltinError } from './builtin.ts';
import { type Cidr, formatCidr, formatIp, isV4, network, parseCidr, parseIp } from './cidr.ts';
import { type MergeRange, mergeRanges } from './cidr-merge.ts';
import { stringOperand } from './operands.ts';

/** Networks, as OPA's v1/topdown/cidr.go. The other `net.cidr_*` builtins are part of the module. */

/**
 * More addresses than this are refused: a /16 of IPv4. OPA goes on until its evaluation is cancelled; here nothing
 * could interrupt the builtin, and a module's memory holds no larger set with ease.
 */
const MAX_EXPANDED = 65_536n;

function contains(outer: RegoValue, inner: RegoValue): boolean {
  const net = parseCidr(stringOperand(outer, 1));
  const text = stringOperand(inner, 1);
  const address = parseIp(text);
  if (address !== undefined) return sameFamily(net, address) && net.first <= address && address <= net.last;
  const other = innerCidr(text);
  return sameFamily(net, other.first) && net.first <= other.first && other.last <= net.last;
}

function innerCidr(text: string): Cidr {
  try {
    return parseCidr(text);
  } catch (cause) {
    throw new BuiltinError(`not a valid textual representation of an IP address or CIDR: ${text}`, { cause });
  }
}

/** An IPv6 network never contains an IPv4 address, not even `::/0`. */
function sameFamily(net: Cidr, address: bigint): boolean {
  return isV4(net.first) === isV4(address);
}

/** Each network of an operand with the index, key or element that stands for it in the result. */
function entriesOf(operand: number, value: RegoValue): [cidr: RegoValue, index: RegoValue][] {
  const cidr = (element: RegoValue): RegoValue => {
    if (typeof element === 'string') return element;
    if (Array.isArray(element) && element[0] !== undefined) return element[0];
    throw new BuiltinError(`operand ${operand}: element must be string or non-empty array`);
  };
  if (typeof value === 'string') return [[value, value]];
  if (Array.isArray(value)) return value.map((element, i) => [cidr(element), i]);
  if (value instanceof Set) return Array.from(value, (element) => [cidr(element), element]);
  if (value instanceof Map) return Array.from(value, ([key, element]) => [cidr(element), key]);
  return [];
}

function containsMatches(outer: RegoValue, inner: RegoValue): RegoSet {
  const result: RegoSet = new Set();
  const inners = entriesOf(2, inner);
  for (const [outerCidr, outerIndex] of entriesOf(1, outer)) {
    for (const [innerCidr, innerIndex] of inners) {
      if (contains(outerCidr, innerCidr)) result.add([outerIndex, innerIndex]);
    }
  }
  return result;
}

function expand(value: RegoValue): RegoSet {
  const text = stringOperand(value, 1);
  const { first, last } = parseCidr(text);
  if (last - first >= MAX_EXPANDED) {
    throw new BuiltinError(`net.cidr_expand: ${text} has more than ${MAX_EXPANDED} addresses`);
  }
  const result: RegoSet = new Set();
  for (let address = first; address <= last; address++) result.add(formatIp(address));
  return result;
}

function isValid(value: RegoValue): boolean {
  try {
    parseCidr(stringOperand(value, 1));
    return true;
  } catch {
    return false;
  }
}

function merge(value: RegoValue): RegoSet {
  if (!Array.isArray(value) && !(value instanceof Set)) throw new BuiltinError('operand must be an array');
  return new Set(mergeRanges(Array.from(value, mergeable)));
}

/** A network, or an IPv4 address: Go gives it the mask of its class, and the name of the address itself. */
function mergeable(value: RegoValue): MergeRange {
  if (typeof value !== 'string') throw new BuiltinError('element must be string');
  const address = parseIp(value);
  if (address === undefined) {
    const cidr = parseCidr(value);
    return { ...cidr, name: formatCidr(cidr) };
  }
  if (!isV4(address)) throw new BuiltinError('IPv6 invalid: needs prefix length');
  const firstByte = Number((address >> 24n) & 0xffn);
  if (firstByte >= 0xe0) throw new BuiltinError(`IPv4 invalid: ${value} has no class, give a prefix length`);
  const prefix = firstByte < 0x80 ? 8 : firstByte < 0xc0 ? 16 : 24;
  return { ...network(address, prefix, 32), name: `${formatIp(address)}/${prefix}` };
}

export const netBuiltins: readonly Builtin[] = [
  {
    name: 'net.cidr_contains_matches',
    effects: [],
    call: (_context, outer, inner) => containsMatches(outer, inner),
  },
  { name: 'net.cidr_expand', effects: [], call: (_context, cidr) => expand(cidr) },
  { name: 'net.cidr_is_valid', effects: [], call: (_context, cidr) => isValid(cidr) },
  { name: 'net.cidr_merge', effects: [], call: (_context, cidrs) => merge(cidrs) },
];
