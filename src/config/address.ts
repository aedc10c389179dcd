/** Where a listener listens: `host:port`, `[ipv6]:port` or `unix:/path/to.sock`. Port 0 picks a free one. */
export type Address =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string };

/** The kernel keeps 108 bytes for a socket's path, its end included (unix(7)); macOS keeps 104. */
export const MAX_SOCKET_PATH_BYTES = 103;

const TCP = /^(?:\[([0-9A-Fa-f:.%]+)\]|([A-Za-z0-9._-]+)):(\d{1,5})$/;

/** Gives undefined when the text is no address. */
export function parseAddress(text: string): Address | undefined {
  if (text.startsWith('unix:')) {
    const path = text.slice('unix:'.length).replace(/^\/\/(?=\/)/, '');
    return path === '' || path.includes('\0') ? undefined : { kind: 'unix', path };
  }
  const match = TCP.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) return undefined;
  return { kind: 'tcp', host: match[1] ?? match[2] ?? '', port };
}

/** The text that gives the same address again. */
export function formatAddress(address: Address): string {
  if (address.kind === 'unix') return `unix:${address.path}`;
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  return `${host}:${address.port}`;
}

/** True when only processes of this machine can connect. A host name other than `localhost` counts as remote. */
export function isLocalAddress(address: Address): boolean {
  if (address.kind === 'unix') return true;
  return address.host === 'localhost' || address.host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(address.host);
}
