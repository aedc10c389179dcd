/** Metadata whose names end in `-bin` (gRPC over HTTP/2, "Binary-Header"): Base64 with or without padding, several joined by commas. */
import { Buffer } from 'node:buffer';

/** The alphabet of RFC 4648, 4, with padding that fits or none. */
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/;

export function isBinaryName(name: string): boolean {
  return name.endsWith('-bin');
}

/** The values under a binary name, in order; undefined when one of them is no Base64. */
export function decodeBinaryMetadata(value: string): Buffer[] | undefined {
  const values: Buffer[] = [];
  for (const part of value.split(',')) {
    const text = part.trim();
    if (!BASE64.test(text)) return undefined;
    values.push(Buffer.from(text, 'base64'));
  }
  return values;
}

/** Without padding, as the specification asks of senders. */
export function encodeBinaryMetadata(value: Uint8Array): string {
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64').replace(/=+$/, '');
}
