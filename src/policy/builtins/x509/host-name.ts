import { parseIp } from '../cidr.ts';
import { bigintOf } from './curves.ts';
import type { AlternativeNames } from './general-names.ts';

/** Whether the names are those of a host: Go's Certificate.VerifyHostname. The subject's common name does not count. */
export function isForHost({ dns, ip }: AlternativeNames, host: string): boolean {
  const bracketed = /^\[(.+)\]$/s.exec(host)?.[1];
  const address = parseIp(bracketed ?? host);
  if (address !== undefined) return ip.some((bytes) => addressOf(bytes) === address);
  const name = lowerCase(host);
  const isName = isHostName(name.endsWith('.') ? name.slice(0, -1) : name, false);
  const labels = (name.endsWith('.') ? name.slice(0, -1) : name).split('.');
  return dns.some((pattern) =>
    isName && isHostName(pattern, true) ? matches(pattern, labels) : isSame(pattern, name),
  );
}

/** The address in 128 bits; IPv4 as IPv4-mapped. */
export function addressOf(bytes: Buffer): bigint {
  return bytes.length === 4 ? 0xffff_0000_0000n + bigintOf(bytes) : bigintOf(bytes);
}

/** A name as RFC 6125 section 2.2 wants it, and underscores. A pattern may have `*` for its first label. */
function isHostName(name: string, isPattern: boolean): boolean {
  if (name === '*') return false;
  return name
    .split('.')
    .every(
      (label, i) => (isPattern && i === 0 && label === '*') || /^[a-zA-Z0-9_][a-zA-Z0-9_-]*$/.test(label),
    );
}

function matches(pattern: string, labels: readonly string[]): boolean {
  const wanted = lowerCase(pattern).split('.');
  return (
    wanted.length === labels.length &&
    wanted.every((label, i) => (i === 0 && label === '*') || label === labels[i])
  );
}

function isSame(pattern: string, name: string): boolean {
  return name !== '' && name !== '.' && lowerCase(pattern) === name;
}

/** Of ASCII letters only. */
function lowerCase(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
