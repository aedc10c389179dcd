import type { ListenerConfig } from '../config/listeners.ts';
import type { Config } from '../config/schema.ts';
import { tryToBind } from '../transport/bind.ts';
import { loadTls } from '../transport/tls.ts';

/**
 * Throws what opening the listeners would throw now: two of them open after the first callers have been answered, and workers that share a port can
 * bind one that another listener has, or another process.
 */
export async function checkListeners({ grpc, http, admin }: Config): Promise<void> {
  const listeners: readonly (ListenerConfig<unknown> | false)[] = [grpc, http, admin];
  const configured = listeners.filter((listener) => listener !== false);
  // gRPC's is loaded when it opens, which is next.
  for (const { tls } of configured.slice(1)) if (tls !== undefined) await loadTls(tls);
  await tryToBind(configured.map(({ address }) => address));
}
