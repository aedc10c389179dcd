/** Names of hosts as the operator lists them: exact, `*.suffix`, or an address. */
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

const LABEL = '[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?';
const NAME = new RegExp(`^(?=.{1,253}$)(?:${LABEL}\\.)*${LABEL}$`);

/**
 * The one way to write a host: lower case, no dot at the end, addresses in their shortest form and without brackets.
 * Undefined for what is neither a name in ASCII nor an address. A name that ends in a number is refused: resolvers read
 * `0x7f.1` and `2130706433` as addresses.
 */
export function normalHost(text: string): string | undefined {
  const bare = /^\[.*\]$/.test(text) ? text.slice(1, -1) : text;
  const version = isIP(bare);
  if (bare !== text && version !== 6) return undefined;
  if (version !== 0) return bare.includes('%') ? undefined : ipaddr.parse(bare).toString();
  const name = bare.toLowerCase().replace(/\.$/, '');
  if (!NAME.test(name)) return undefined;
  return /^(?:[0-9]+|0x[0-9a-f]*)$/.test(name.slice(name.lastIndexOf('.') + 1)) ? undefined : name;
}

/** A host or `*.suffix` in its one way of writing; undefined for what is neither. */
export function normalPattern(text: string): string | undefined {
  if (!text.startsWith('*.')) return normalHost(text);
  const suffix = normalHost(text.slice(2));
  return suffix === undefined || isIP(suffix) !== 0 ? undefined : `*.${suffix}`;
}

/** Whether a host is what a pattern stands for, both in their one way of writing. `*.a.b` stands for names below `a.b`, not for it. */
export function matchesPattern(pattern: string, host: string): boolean {
  return pattern.startsWith('*.') ? host.endsWith(pattern.slice(1)) && isIP(host) === 0 : host === pattern;
}
