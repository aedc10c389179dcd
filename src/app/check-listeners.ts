import type { Address } from '../config/address.ts';
import type { ListenerConfig } from '../config/listeners.ts';
import type { Config } from '../config/schema.ts';
import { tryToBind } from '../transport/bind.ts';
import { loadTls } from '../transport/tls.ts';

/**
 * Throws what opening the listeners would throw now: two of them open after the first callers have been answered, and workers that share a port can
 * bind one that another listener has, or another process.
 */
export async function checkListeners({ grpc, http, admin, workers }: Config): Promise<void> {
  const listeners: readonly (ListenerConfig<unknown> | false)[] = [http, admin];
  const later = listeners.filter((listener) => listener !== false);
  for (const { tls } of later) if (tls !== undefined) await loadTls(tls);
  const addresses = later.map(({ address }) => address);
  // gRPC opens next, and tells by itself. Where it need not be tried it is not: who connects meanwhile would take it for open.
  const isTried = workers !== 1 || addresses.some((address) => portOf(address) === portOf(grpc.address));
  await tryToBind(isTried ? [grpc.address, ...addresses] : addresses);
}

const portOf = (address: Address): number | undefined => (address.kind === 'tcp' ? address.port : undefined);
