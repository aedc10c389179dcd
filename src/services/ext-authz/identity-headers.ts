/*
 * Servers that hand headers on as CGI variables (NGINX, WSGI, PHP, …) read `x_user` and `x-user` as the same HTTP_X_USER, so a client's own
 * `x_user` would stand beside or before the `x-user` that a policy sets (CVE-2026-39858).
 */

/** Names by what they are to a server that reads `_` as `-`. */
interface Spellings {
  readonly exact: ReadonlySet<string>;
  readonly canonical: ReadonlySet<string>;
  /** Whether one of the names holds a `_` itself: then a name without one can be its twin. */
  readonly underscored: boolean;
}

const canonicalName = (name: string): string => name.replaceAll('_', '-');

function spellingsOf(names: Iterable<string>): Spellings {
  const exact = new Set([...names].map((name) => name.toLowerCase()));
  const canonical = new Set([...exact].map(canonicalName));
  return { exact, canonical, underscored: [...exact].some((name) => name.includes('_')) };
}

/** The configuration's list is one array for good. */
const known = new WeakMap<readonly string[], Spellings>();

function identitySpellings(identityHeaders: readonly string[]): Spellings {
  let spellings = known.get(identityHeaders);
  if (spellings === undefined) known.set(identityHeaders, (spellings = spellingsOf(identityHeaders)));
  return spellings;
}

function isTwin(name: string, { exact, canonical, underscored }: Spellings): boolean {
  if (!underscored && !name.includes('_')) return false;
  return canonical.has(canonicalName(name)) && !exact.has(name);
}

/** The first request header that is an identity header spelt with `_` for `-` (or the other way round), undefined without one. */
export function twinOf(
  requestHeaderNames: readonly string[],
  identityHeaders: readonly string[],
): string | undefined {
  if (identityHeaders.length === 0) return undefined;
  const spellings = identitySpellings(identityHeaders);
  return requestHeaderNames.find((name) => isTwin(name.toLowerCase(), spellings));
}

/**
 * What an allowed request must lose beside what the policy removes: identity headers that the policy did not set, whether or not the
 * check holds them, and the request's twins of identity headers and of headers that the policy sets. `setNames` are in lower case.
 */
export function headersToStrip(
  requestHeaderNames: readonly string[],
  identityHeaders: readonly string[],
  setNames: ReadonlySet<string>,
): string[] {
  const identity = identitySpellings(identityHeaders);
  const strip = new Set<string>();
  for (const name of identity.exact) if (!setNames.has(name)) strip.add(name);
  const policy = spellingsOf(setNames);
  for (const raw of requestHeaderNames) {
    const name = raw.toLowerCase();
    if (!setNames.has(name) && (isTwin(name, identity) || isTwin(name, policy))) strip.add(name);
  }
  return [...strip];
}
