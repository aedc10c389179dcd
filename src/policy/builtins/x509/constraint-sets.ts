import { type Mailbox, parseMailbox } from './mailbox.ts';
import type { ConstraintNetwork } from './name-constraints.ts';

/**
 * Name constraints as Go 1.26 looks them up: sorted, without those that lie within the one before, and searched by
 * halves. That takes little time for many names against many constraints, and gives the same answers as Go where
 * constraints are odd.
 */
class SortedConstraints<T, V> {
  readonly all: readonly T[];
  readonly #order: (constraint: T, value: V) => number;
  readonly #covers: (constraint: T, value: V) => boolean;

  constructor(
    list: readonly T[],
    compare: (left: T, right: T) => number,
    subset: (outer: T, inner: T) => boolean,
    lookUp: { order: (constraint: T, value: V) => number; covers: (constraint: T, value: V) => boolean },
  ) {
    const kept: T[] = [];
    for (const constraint of list.toSorted(compare)) {
      if (kept.length === 0 || !subset(kept.at(-1)!, constraint)) kept.push(constraint);
    }
    this.all = kept;
    this.#order = lookUp.order;
    this.#covers = lookUp.covers;
  }

  has(value: V): boolean {
    let from = 0;
    let to = this.all.length;
    while (from < to) {
      const middle = (from + to) >> 1;
      if (this.#order(this.all[middle]!, value) < 0) from = middle + 1;
      else to = middle;
    }
    const found = this.all[from];
    if (found !== undefined && this.#order(found, value) === 0) return true;
    const before = this.all[Math.max(from - 1, 0)];
    return before !== undefined && this.#covers(before, value);
  }
}

/** Constraints on addresses; those of IPv4 and of IPv6 do not meet. */
export class NetworkConstraints {
  readonly #sets: ReadonlyMap<number, SortedConstraints<ConstraintNetwork, Buffer>>;

  constructor(networks: readonly ConstraintNetwork[]) {
    this.#sets = new Map(
      [4, 16].map((size) => [size, sortedNetworks(networks.filter(({ ip }) => ip.length === size))]),
    );
  }

  has(address: Buffer): boolean {
    return this.#sets.get(address.length)?.has(address) ?? false;
  }
}

function sortedNetworks(
  networks: readonly ConstraintNetwork[],
): SortedConstraints<ConstraintNetwork, Buffer> {
  const compare = (left: ConstraintNetwork, right: ConstraintNetwork): number =>
    Buffer.compare(left.ip, right.ip) || Buffer.compare(left.mask, right.mask);
  return new SortedConstraints(networks, compare, holdsNetwork, {
    order: (network, address) => Buffer.compare(network.ip, address),
    covers: holds,
  });
}

function holdsNetwork(outer: ConstraintNetwork, inner: ConstraintNetwork): boolean {
  const last = Buffer.from(inner.ip.map((byte, i) => byte | (~inner.mask[i]! & 0xff)));
  return holds(outer, inner.ip) && holds(outer, last);
}

/** Go's IPNet.Contains, for which an IPv4-mapped address is the IPv4 address that it is. */
function holds({ ip, mask }: ConstraintNetwork, address: Buffer): boolean {
  const network = unmapped(ip);
  const wanted = unmapped(address);
  const bits = mask.subarray(mask.length - network.length);
  if (wanted.length !== network.length) return false;
  return network.every((byte, i) => (byte & bits[i]!) === (wanted[i]! & bits[i]!));
}

const MAPPED: Buffer = Buffer.from('00000000000000000000ffff', 'hex');

function unmapped(address: Buffer): Buffer {
  return address.length === 16 && address.subarray(0, 12).equals(MAPPED) ? address.subarray(12) : address;
}

/**
 * A name from its end, in lower case, with dots that come before every other character: names in one tree are next to
 * each other when they are sorted.
 */
export type NameKey = string;

export function nameKey(name: string): NameKey {
  let key = '';
  for (let i = name.length - 1; i >= 0; i--) key += name[i] === '.' ? '\0' : name[i];
  return key.toLowerCase();
}

/** Constraints on names of hosts: a name is in a constraint's tree when that is its end. */
export class DnsConstraints {
  readonly #set: SortedConstraints<NameKey, NameKey>;
  /** The empty constraint is every name's end. */
  readonly #all: boolean;
  /** What constraints that exclude leave of themselves without their first label: wildcards there could be them. */
  readonly #parents: ReadonlySet<NameKey>;

  constructor(names: readonly string[], permitted: boolean) {
    this.#all = names.includes('');
    const keys = this.#all ? [] : names.map(nameKey);
    this.#set = new SortedConstraints(keys, compareKeys, isEndOf, { order: compareKeys, covers: isEndOf });
    const parents = permitted ? [] : this.#set.all.map(withoutFirstLabel);
    this.#parents = new Set(parents.filter((key) => key !== ''));
  }

  has(key: NameKey): boolean {
    if (this.#all || this.#set.has(key)) return true;
    return key.endsWith('*') && this.#parents.has(withoutFirstLabel(key));
  }
}

/** A mailbox to look up. */
export interface MailboxKey {
  readonly whole: string;
  readonly host: NameKey;
}

export function mailboxKey({ local, domain }: Mailbox): MailboxKey {
  return { whole: `${local.length} ${local} ${domain.toLowerCase()}`, host: nameKey(domain) };
}

/** Constraints on mailboxes: whole ones, or the hosts that they are on. */
export class EmailConstraints {
  readonly #mailboxes: ReadonlySet<string>;
  readonly #hosts: DnsConstraints | undefined;

  constructor(constraints: readonly string[], permitted: boolean) {
    const mailboxes = constraints.filter((text) => text.includes('@')).map((text) => parseMailbox(text)!);
    const hosts = constraints.filter((text) => !text.includes('@'));
    this.#mailboxes = new Set(mailboxes.map((mailbox) => mailboxKey(mailbox).whole));
    this.#hosts = hosts.length === 0 ? undefined : new DnsConstraints(hosts, permitted);
  }

  has({ whole, host }: MailboxKey): boolean {
    return this.#mailboxes.has(whole) || this.#hosts?.has(host) === true;
  }
}

/** Whether the one is the other name or its last labels; one that begins with a dot is last labels only. */
function isEndOf(end: NameKey, name: NameKey): boolean {
  if (!name.startsWith(end)) return false;
  return end.endsWith('\0') || name.length === end.length || name[end.length] === '\0';
}

function compareKeys(left: NameKey, right: NameKey): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** The dot stays. */
function withoutFirstLabel(key: NameKey): NameKey {
  return key.slice(0, key.lastIndexOf('\0') + 1);
}
