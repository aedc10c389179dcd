import type { ListenerConfig } from '../config/listeners.ts';
import { tryToBind } from '../transport/bind.ts';
import { checkListenPolicy } from '../transport/listen-policy.ts';
import { loadTls } from '../transport/tls.ts';

/** Throws what opening the listener would throw now: for those whose parts are not loaded yet. */
export async function checkListener({ address, tls, insecure }: ListenerConfig<unknown>): Promise<void> {
  checkListenPolicy({ address, tls, insecure });
  if (tls !== undefined) await loadTls(tls);
  await tryToBind(address);
}
