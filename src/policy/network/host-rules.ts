import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { matchesPattern } from '../../config/host-pattern.ts';
import type { NetworkHostConfig } from '../../config/network.ts';
import { isPermittedAddress, type Network } from './addresses.ts';
import type { Target } from './target.ts';

/** A host as the operator listed it, with its files read. */
export interface ListedHost extends NetworkHostConfig {
  /** Its name in the configuration. */
  readonly name: string;
  /** PEM. */
  readonly ca?: string | undefined;
  readonly clientCert?: string | undefined;
  readonly clientKey?: string | undefined;
}

/** A request or a look-up that the operator did not permit. */
export class NotPermitted extends Error {
  override readonly name = 'NotPermitted';
}

const DEFAULT_PORTS = { https: 443, http: 80 } as const;

/** What policies may reach, by the operator's list. */
export class HostRules {
  readonly #hosts: readonly (ListedHost & { readonly networks: readonly Network[] })[];
  readonly #lookups: readonly string[];

  constructor(hosts: readonly ListedHost[], lookups: readonly string[]) {
    this.#hosts = hosts.map((host) => ({
      ...host,
      networks: [
        ...host.addresses.map((cidr) => ipaddr.parseCIDR(cidr)),
        ...(isIP(host.host) === 0 ? [] : [wholeAddress(host.host)]),
      ],
    }));
    this.#lookups = lookups;
  }

  /** The listed host that permits a request. Throws NotPermitted. `among` limits it to some, by their names. */
  permit(policySet: string, method: string, target: Target, among?: readonly string[]): ListedHost {
    const named = this.#hosts.filter(
      ({ host, name, policySets }) =>
        matchesPattern(host, target.host) &&
        (among === undefined || among.includes(name)) &&
        (policySets === undefined || policySets.includes(policySet)),
    );
    if (named.length === 0) {
      const where = among === undefined ? '`network.hosts`' : '`redirectsTo` of the host that redirects';
      throw new NotPermitted(`disallowed host: ${target.host} is not in ${where}`);
    }
    const open = named.filter(
      ({ schemes, ports }) =>
        schemes.includes(target.scheme) &&
        (ports ?? schemes.map((scheme) => DEFAULT_PORTS[scheme])).includes(target.port),
    );
    if (open.length === 0) {
      throw new NotPermitted(
        `disallowed host: ${target.host} is not listed for ${target.scheme} on port ${target.port}`,
      );
    }
    const permitted = open.find(({ methods }) =>
      methods === undefined ? method !== 'CONNECT' && method !== 'TRACE' : methods.includes(method),
    );
    if (permitted !== undefined) return permitted;
    throw new NotPermitted(`disallowed method: ${target.host} is not listed for ${method}`);
  }

  /** Of the addresses of a name those that may be connected to. Throws NotPermitted when there are none. */
  permittedAddresses(listed: ListedHost, target: Target, addresses: readonly string[]): readonly string[] {
    const networks = this.#hosts.find(({ name }) => name === listed.name)?.networks ?? [];
    const permitted = addresses.filter((address) => isPermittedAddress(address, networks));
    if (permitted.length > 0) return permitted;
    throw new NotPermitted(
      `disallowed address: ${target.host} leads to ${addresses.join(', ') || 'no address'}, which is neither public nor in its \`addresses\``,
    );
  }

  /** Whether requests may name a host in their `Host` header. */
  lists(policySet: string, host: string): boolean {
    return this.#hosts.some(
      (listed) => matchesPattern(listed.host, host) && (listed.policySets?.includes(policySet) ?? true),
    );
  }

  /** Throws NotPermitted for a name that may not be looked up. */
  permitLookup(policySet: string, host: string): void {
    if (this.lists(policySet, host)) return;
    if (this.#lookups.some((pattern) => matchesPattern(pattern, host))) return;
    throw new NotPermitted(
      `disallowed host: ${host} is in neither \`network.hosts\` nor \`network.lookups\``,
    );
  }
}

function wholeAddress(address: string): Network {
  return ipaddr.parseCIDR(`${address}/${isIP(address) === 6 ? 128 : 32}`);
}
