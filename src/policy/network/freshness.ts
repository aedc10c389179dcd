import type { HttpAnswer } from './access.ts';
import { parseHttpDate } from './http-date.ts';

/** How long an answer may be kept, by its headers as OPA reads them (v1/topdown/http.go). */

type Headers = HttpAnswer['headers'];

/** The first value of a header, as Go's Header.Get; empty when there is none. */
export function header(headers: Headers, name: string): string {
  return headers.find(([known]) => known === name)?.[1][0] ?? '';
}

/** Whether the origin lets the answer be kept at all. */
export function mayBeStored(headers: Headers): boolean {
  return !cacheControl(headers).has('no-store');
}

const NEVER = Number.NEGATIVE_INFINITY;
const MAX_AGE_SECONDS = 2 ** 31 - 1;

/** A time that an answer's headers do not tell though they should. */
export class UnknownExpiry extends Error {
  override readonly name = 'UnknownExpiry';
}

/** When the answer is to be asked for anew, milliseconds since the epoch: at once where nothing is said. Throws UnknownExpiry. */
export function expiresAtMs(headers: Headers): number {
  const maxAge = cacheControl(headers).get('max-age');
  if (maxAge === undefined) return parseHttpDate(header(headers, 'expires')) ?? NEVER;
  if (!/^[0-9]+$/.test(maxAge)) {
    throw new UnknownExpiry(`strconv.ParseUint: parsing ${JSON.stringify(maxAge)}: invalid syntax`);
  }
  const date = header(headers, 'date');
  if (date === '') throw new UnknownExpiry('no date header');
  const dateMs = parseHttpDate(date);
  if (dateMs === undefined) throw new UnknownExpiry(`parsing time ${JSON.stringify(date)}`);
  return dateMs + Math.min(Number(maxAge), MAX_AGE_SECONDS) * 1_000;
}

/** Directives as they are written; of the header's lines only the first is read. */
function cacheControl(headers: Headers): ReadonlyMap<string, string> {
  const directives = new Map<string, string>();
  for (const part of header(headers, 'cache-control').split(',')) {
    const trimmed = part.replace(/^ +| +$/g, '');
    const [name = '', value, more] = trimmed.split('=');
    if (trimmed === '' || more !== undefined) continue;
    if (value === undefined) directives.set(trimmed, '');
    else directives.set(name.replace(/^ +| +$/g, ''), value);
  }
  return directives;
}
