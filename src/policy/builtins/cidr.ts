import { BuiltinError } from './builtin.ts';

/**
 * Addresses and networks as Go's net.ParseIP and net.ParseCIDR read and write them. Addresses are 128-bit numbers;
 * IPv4 and IPv4-mapped ones lie in ::ffff:0:0/96, as in Go's 16-byte form.
 */
export interface Cidr {
  /** The first address, masked. */
  readonly first: bigint;
  readonly last: bigint;
  readonly prefix: number;
  /** Bits of the mask: 32 when written as IPv4. Go keeps `::ffff:1.2.3.4/120` at 128. */
  readonly bits: 32 | 128;
}

const V4_BASE = 0xffff_0000_0000n;
const V4_LAST = 0xffff_ffff_ffffn;

/** The address, or undefined where the text is none. Zones, ports and leading zeros are refused, as in Go. */
export function parseIp(text: string): bigint | undefined {
  if (!text.includes(':')) {
    const v4 = parseV4(text);
    return v4 === undefined ? undefined : V4_BASE + v4;
  }
  return parseV6(text);
}

/** Throws BuiltinError with Go's message. */
export function parseCidr(text: string): Cidr {
  const slash = text.indexOf('/');
  const address = slash === -1 ? undefined : parseIp(text.slice(0, slash));
  const prefixText = text.slice(slash + 1);
  const bits = text.includes(':') ? 128 : 32;
  const prefix = Number(prefixText);
  if (address === undefined || !/^\d+$/.test(prefixText) || prefix > bits) {
    throw new BuiltinError(`invalid CIDR address: ${text}`);
  }
  return network(address, prefix, bits);
}

/** The network of this size that the address lies in. */
export function network(address: bigint, prefix: number, bits: 32 | 128): Cidr {
  const hosts = (1n << BigInt(bits - prefix)) - 1n;
  const first = address - (address & hosts);
  return { first, last: first + hosts, prefix, bits };
}

export function isV4(address: bigint): boolean {
  return address >= V4_BASE && address <= V4_LAST;
}

/** Go's IP.String(): dotted for IPv4 and mapped addresses, RFC 5952 for IPv6. */
export function formatIp(address: bigint): string {
  if (isV4(address)) {
    const v4 = Number(address - V4_BASE);
    return [24, 16, 8, 0].map((shift) => (v4 >>> shift) & 0xff).join('.');
  }
  const groups = Array.from({ length: 8 }, (_, i) => Number((address >> BigInt(112 - 16 * i)) & 0xffffn));
  const [start, length] = longestZeros(groups);
  const hex = (part: number[]): string => part.map((group) => group.toString(16)).join(':');
  if (length < 2) return hex(groups);
  return `${hex(groups.slice(0, start))}::${hex(groups.slice(start + length))}`;
}

/** Go's IPNet.String(): an IPv4-mapped network is written as the IPv4 network it is. */
export function formatCidr({ first, prefix, bits }: Cidr): string {
  return `${formatIp(first)}/${isV4(first) && bits === 128 ? prefix - 96 : prefix}`;
}

function parseV4(text: string): bigint | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part))) return undefined;
  const bytes = parts.map(Number);
  if (bytes.some((byte) => byte > 255)) return undefined;
  return BigInt(bytes.reduce((sum, byte) => sum * 256 + byte, 0));
}

function parseV6(text: string): bigint | undefined {
  if (text.length > 45) return undefined;
  const halves = text.split('::');
  const head = groupsOf(halves[0] ?? '', halves.length === 1);
  const tail = halves.length === 1 ? [] : groupsOf(halves[1] ?? '', true);
  if (head === undefined || tail === undefined || halves.length > 2) return undefined;
  const missing = 8 - head.length - tail.length;
  // "::" stands for at least one group.
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const groups = [...head, ...Array<number>(missing).fill(0), ...tail];
  return groups.reduce((sum, group) => (sum << 16n) | BigInt(group), 0n);
}

/** The 16-bit groups of one side of `::`; the last two may be written as IPv4. */
function groupsOf(text: string, mayEndInV4: boolean): number[] | undefined {
  if (text === '') return [];
  const parts = text.split(':');
  const groups: number[] = [];
  for (const [i, part] of parts.entries()) {
    if (mayEndInV4 && i === parts.length - 1 && part.includes('.')) {
      const v4 = parseV4(part);
      if (v4 === undefined) return undefined;
      groups.push(Number(v4 >> 16n), Number(v4 & 0xffffn));
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) {
      groups.push(Number.parseInt(part, 16));
    } else {
      return undefined;
    }
  }
  return groups;
}

/** Start and length of the longest run of zero groups; the first of equals. */
function longestZeros(groups: readonly number[]): [start: number, length: number] {
  let best: [number, number] = [0, 0];
  for (let start = 0; start < groups.length; start++) {
    let end = start;
    while (groups[end] === 0) end++;
    if (end - start > best[1]) best = [start, end - start];
    start = end;
  }
  return best;
}
