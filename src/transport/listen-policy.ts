/** Where a listener may listen without TLS: an open policy server tells strangers who may do what. */
import { type Address, formatAddress, isLocalAddress } from '../config/address.ts';
import { PortcullisError } from '../errors.ts';

export interface ListenSafety {
  readonly address: Address;
  readonly tls?: unknown;
  /** The operator's word that something else protects the connection. */
  readonly insecure?: boolean;
}

/** Throws `config_invalid` when strangers could read or ask: off loopback and Unix sockets, without TLS, and not told so. */
export function checkListenPolicy({ address, tls, insecure }: ListenSafety): void {
  if (address.kind === 'unix' && tls !== undefined) {
    throw new PortcullisError(
      'config_invalid',
      `${formatAddress(address)}: TLS is not served on Unix sockets; their file mode says who may connect. Remove \`tls\`.`,
    );
  }
  if (isLocalAddress(address) || tls !== undefined || insecure === true) return;
  throw new PortcullisError(
    'config_invalid',
    `${formatAddress(address)}: refusing to serve without TLS off loopback. Configure \`tls\`, listen on 127.0.0.1 or a Unix ` +
      'socket, or write `insecure: true` when something else protects the connection.',
  );
}
