import ipaddr from 'ipaddr.js';

/** A network in CIDR notation, read. */
export type Network = ReturnType<typeof ipaddr.parseCIDR>;

/** What is handed out to the public in IPv6 (RFC 4291 section 2.4, IANA's registry): everything else is special. */
const GLOBAL_UNICAST: Network = ipaddr.parseCIDR('2000::/3');

/**
 * Whether a request may connect to an address: a public one, or one in a listed network. Not public are loopback,
 * link-local, private, carrier-grade NAT, multicast, reserved and documentation addresses, and those of IPv6 that stand for one of
 * IPv4 (mapped, NAT64, 6to4, Teredo): a gateway may lead them anywhere. An IPv4-mapped address is in no network of IPv4.
 */
export function isPermittedAddress(address: string, listed: readonly Network[]): boolean {
  if (!ipaddr.isValid(address) || address.includes('%')) return false;
  const parsed = ipaddr.parse(address);
  return isPublic(parsed) || listed.some((network) => contains(network, parsed));
}

function isPublic(address: ReturnType<typeof ipaddr.parse>): boolean {
  if (address.range() !== 'unicast') return false;
  return address.kind() === 'ipv4' || contains(GLOBAL_UNICAST, address);
}

function contains([base, bits]: Network, address: ReturnType<typeof ipaddr.parse>): boolean {
  return base.kind() === address.kind() && address.match(base, bits);
}
