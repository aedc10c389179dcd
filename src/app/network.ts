import { readFile } from 'node:fs/promises';
import type { NetworkHostConfig } from '../config/network.ts';
import type { Config } from '../config/schema.ts';
import { PortcullisError } from '../errors.ts';
import { BUILTINS } from '../policy/builtins/registry.ts';
import { NetworkBroker } from '../policy/network/broker.ts';
import { NETWORK_BUILTINS } from '../policy/network/builtins.ts';
import type { ListedHost } from '../policy/network/host-rules.ts';
import { secureContext } from '../policy/network/tls-options.ts';

/** Builtins that bundles may call: those of the network only where it is configured. */
export function offeredBuiltins({ network }: Pick<Config, 'network'>): ReadonlySet<string> {
  const names = [...BUILTINS.keys()];
  return new Set(network === undefined ? names.filter((name) => !NETWORK_BUILTINS.has(name)) : names);
}

/** The hosts that the operator lists, with their certificates read. Rejects with `io_failed` and `key_invalid`. */
export function readHosts({ network }: Pick<Config, 'network'>): Promise<readonly ListedHost[]> {
  const hosts = Object.entries(network?.hosts ?? {});
  return Promise.all(hosts.map(([name, host]) => listedHost(name, host)));
}

/** What carries out requests to those hosts; undefined where policies reach no network. */
export function networkBroker(
  { network }: Pick<Config, 'network'>,
  hosts: readonly ListedHost[],
): NetworkBroker | undefined {
  if (network === undefined) return undefined;
  const { maxTimeout, ...limits } = network;
  return new NetworkBroker({ ...limits, hosts, maxTimeoutMs: maxTimeout });
}

async function listedHost(name: string, host: NetworkHostConfig): Promise<ListedHost> {
  const [ca, cert, key] = await Promise.all([
    pem(name, 'caFile', host.caFile),
    pem(name, 'clientCertFile', host.clientCertFile),
    pem(name, 'clientKeyFile', host.clientKeyFile),
  ]);
  try {
    // Mistakes show now, and not when a policy asks.
    secureContext({ ...(ca && { ca }), ...(cert && key && { cert, key }) });
  } catch (cause) {
    const { message } = cause as Error;
    throw new PortcullisError('key_invalid', `network.hosts.${name}: ${message}`, { cause });
  }
  return { ...host, name, ca, clientCert: cert, clientKey: key };
}

async function pem(name: string, field: string, file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new PortcullisError('io_failed', `network.hosts.${name}.${field}: ${file} cannot be read`, {
      cause,
    });
  }
}
