/** Who is at the other end of a socket, as far as TLS has proved it. */
import type { X509Certificate } from 'node:crypto';
import { isIP, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Peer } from '../rpc.ts';

export const UNIX_PEER: Peer = { address: 'unix', local: true };

/** For a connection that is gone or unknown: nothing is proved. */
export const UNKNOWN_PEER: Peer = { address: 'unknown', local: false };

/** Reads the peer off a TCP socket, with the certificate only where TLS has verified it. To be kept per connection. */
export function peerOf(socket: Socket): Peer {
  const { remoteAddress, remotePort } = socket;
  if (remoteAddress === undefined) return UNKNOWN_PEER;
  const host = isIP(remoteAddress) === 6 ? `[${remoteAddress}]` : remoteAddress;
  const address = `${host}:${remotePort ?? 0}`;
  const local = isLoopback(remoteAddress);
  const certificate = verifiedCertificate(socket);
  return certificate === undefined ? { address, local } : { address, local, certificate };
}

/**
 * When the client certificate that TLS has verified ends, on the wall clock; Infinity without one. TLS itself looks only at a
 * full handshake: neither on an open connection nor when a session is resumed.
 */
export function certificateEndMs(socket: Socket): number {
  if (!isTls(socket) || !socket.authorized) return Number.POSITIVE_INFINITY;
  return socket.getPeerX509Certificate()?.validToDate.getTime() ?? Number.POSITIVE_INFINITY;
}

/** By what Node says tells them apart: servers without TLS need not load it. https://nodejs.org/api/tls.html#tlssocketencrypted */
const isTls = (socket: Socket): socket is TLSSocket => (socket as Partial<TLSSocket>).encrypted === true;

function isLoopback(ip: string): boolean {
  return ip === '::1' || ip.startsWith('127.') || ip.startsWith('::ffff:127.');
}

function verifiedCertificate(socket: Socket): Peer['certificate'] {
  if (!isTls(socket) || !socket.authorized) return undefined;
  const certificate: X509Certificate | undefined = socket.getPeerX509Certificate();
  if (certificate === undefined) return undefined;
  const names = parseSubjectAltName(certificate.subjectAltName ?? '');
  return {
    uriNames: names.filter(([type]) => type === 'URI').map(([, name]) => name),
    dnsNames: names.filter(([type]) => type === 'DNS').map(([, name]) => name),
    subject: certificate.subject ?? '',
    fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
  };
}

/**
 * Splits Node's text of a subjectAltName, `URI:spiffe://a/b, DNS:x, DNS:"a, b"`. Node quotes a name as a JSON string where it
 * holds characters that could pass for another entry (CVE-2021-44532), so quoted names are read as JSON and never split.
 * Gives nothing at all when the text is not of this form.
 */
export function parseSubjectAltName(text: string): readonly (readonly [type: string, name: string])[] {
  const entry = /([A-Za-z ]+):(?:("(?:[^"\\]|\\.)*")|([^",]*))(?:, |$)/y;
  const names: [string, string][] = [];
  while (entry.lastIndex < text.length) {
    const match = entry.exec(text);
    if (match === null) return [];
    const [, type = '', quoted, plain = ''] = match;
    names.push([type, quoted === undefined ? plain : String(JSON.parse(quoted))]);
  }
  return names;
}
