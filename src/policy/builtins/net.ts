import type { RegoSet, RegoValue } from '../value.ts';
import { type Builtin, BuiltinError } from './builtin.ts';
import { type Cidr, formatCidr, formatIp, isV4, network, parseCidr, parseIp } from './cidr.ts';
import { type MergeRange, mergeRanges } from './cidr-merge.ts';
import { stringOperand } from './operands.ts';
import { regoText } from './rego-text.ts';

/** Networks, as OPA's v1/topdown/cidr.go. The other `net.cidr_*` builtins are part of the module. */

/**
 * More addresses than this are refused: a /16 of IPv4. OPA goes on until its evaluation is cancelled; here nothing
 * could interrupt the builtin, and a module's memory holds no larger set with ease.
 */
const MAX_EXPANDED = 65_536n;

/** More pairs than these are refused, and results with more characters in them. */
const MAX_PAIRS = 1_000_000;
const MAX_RESULT_LENGTH = 16 * 1024 * 1024;

type Range = Pick<Cidr, 'first' | 'last'>;

/** Whether a network holds another one, or an address. */
export function contains(outer: Range, inner: Range): boolean {
  return sameFamily(outer, inner.first) && outer.first <= inner.first && inner.last <= outer.last;
}

/** An address or a network. Throws BuiltinError. */
export function addressOrCidr(value: RegoValue): Range {
  const text = stringOperand(value, 1);
  const address = parseIp(text);
  if (address !== undefined) return { first: address, last: address };
  try {
    return parseCidr(text);
  } catch (cause) {
    throw new BuiltinError(`not a valid textual representation of an IP address or CIDR: ${text}`, { cause });
  }
}

/** An IPv6 network never contains an IPv4 address, not even `::/0`. */
function sameFamily(net: Range, address: bigint): boolean {
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
  const outers = entriesOf(1, outer);
  const inners = entriesOf(2, inner);
  const result: RegoSet = new Set();
  // Where there is no pair, OPA does not look at the networks.
  if (outers.length === 0 || inners.length === 0) return result;
  if (outers.length * inners.length > MAX_PAIRS) {
    throw new BuiltinError(`more than ${MAX_PAIRS} pairs of networks: ${outers.length} and ${inners.length}`);
  }
  const outerNets = outers.map(([text, index]) => placed(parseCidr(stringOperand(text, 1)), index));
  const innerNets = inners.map(([text, index]) => placed(addressOrCidr(text), index));
  let length = 0;
  for (const { net, index, size } of outerNets) {
    for (const other of innerNets) {
      if (!contains(net, other.net)) continue;
      length += size + other.size;
      if (length > MAX_RESULT_LENGTH) {
        throw new BuiltinError(`the matches are longer than ${MAX_RESULT_LENGTH} characters`);
      }
      result.add([index, other.index]);
    }
  }
  return result;
}

/** A network and what stands for it in the result: that may be an element of a set, and large. */
function placed(net: Range, index: RegoValue): { net: Range; index: RegoValue; size: number } {
  return { net, index, size: typeof index === 'number' ? 8 : regoText(index).length };
}

function expand(value: RegoValue): RegoSet {
  const text = stringOperand(value, 1);
  const { first, last } = parseCidr(text);
  if (last - first >= MAX_EXPANDED) {
    throw new BuiltinError(`${text} has more than ${MAX_EXPANDED} addresses`);
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
