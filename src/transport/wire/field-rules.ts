/** What header fields of HTTP/2 must be made of (RFC 9113, 8.2). */

/** Field names that belong to one HTTP/1.1 connection and mean nothing here (RFC 9113, 8.2.2). */
const OF_A_CONNECTION: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
]);

/** NUL, CR, LF anywhere, and white space at either end, would mean something else to whoever reads it as HTTP/1.1. */
// oxlint-disable-next-line no-control-regex
const BAD_VALUE = /[\0\r\n]|^[ \t]|[ \t]$/;

/** Tokens of RFC 9110, 5.6.2, in lower case. */
const NAME = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;

/** Names that were found good: clients send the same few again and again. Bounded, since they are a stranger's. */
const known = new Set<string>();
const MAX_KNOWN = 1000;

/**
 * Whether a field may stand in a request at all, whatever stands around it. Of pseudo-headers only the value is looked at here:
 * which there may be is for `request-head.ts`.
 */
export function isField(name: string, value: string): boolean {
  if (name.startsWith(':')) return !BAD_VALUE.test(value);
  if (!known.has(name)) {
    if (!NAME.test(name) || OF_A_CONNECTION.has(name)) return false;
    if (known.size < MAX_KNOWN && name.length < 100) known.add(name);
  }
  if (BAD_VALUE.test(value)) return false;
  return name !== 'te' || value === 'trailers';
}
