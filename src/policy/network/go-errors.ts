import type { Target } from './target.ts';

/** Errors of connections in Go's words where it has some, since policies and logs may look for them. */

const UNTRUSTED = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

const DIAL: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  EHOSTUNREACH: 'no route to host',
  ENETUNREACH: 'network is unreachable',
  ETIMEDOUT: 'i/o timeout',
};

/** The reason in Go's url.Error for an error of Node's. */
export function connectionReason(error: Error, target: Target, addresses: readonly string[]): string {
  const first = error instanceof AggregateError ? (error.errors[0] as Error | undefined) : undefined;
  const { code = '', message } = (first ?? error) as NodeJS.ErrnoException;
  if (code in DIAL) {
    const [address = target.host] = addresses;
    const shown = address.includes(':') ? `[${address}]` : address;
    return `dial tcp ${shown}:${target.port}: connect: ${DIAL[code]}`;
  }
  if (code === 'ENOTFOUND') return `dial tcp: lookup ${target.host}: no such host`;
  if (code === 'ECONNRESET') return message === 'socket hang up' ? 'EOF' : 'read: connection reset by peer';
  if (UNTRUSTED.has(code)) {
    return 'tls: failed to verify certificate: x509: certificate signed by unknown authority';
  }
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') {
    return 'tls: failed to verify certificate: x509: certificate has expired or is not yet valid';
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return `tls: failed to verify certificate: x509: ${message}`;
  if (code === 'HPE_HEADER_OVERFLOW') return 'net/http: server response headers exceeded 65536 bytes';
  return message;
}
