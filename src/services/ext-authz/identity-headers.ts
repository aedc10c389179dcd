/*
 * Servers that hand headers on as CGI variables (NGINX, WSGI, PHP, …) read `x_user` and `x-user` as the same HTTP_X_USER, so a client's own
 * `x_user` would stand beside or before the `x-user` that a policy sets (CVE-2026-39858).
 */

/** Names by what they are to a server that reads `_` as `-`. */
export interface Spellings {
  /** Lower case. */
  readonly exact: ReadonlySet<string>;
  readonly canonical: ReadonlySet<string>;
  /** Whether one of the names holds a `_` itself: then a name without one can be its twin. */
  readonly underscored: boolean;
}

const canonicalName = (name: string): string => name.replaceAll('_', '-');

/** The names as `twinsOf` compares with them. */
export function spellingsOf(names: Iterable<string>): Spellings {
  const exact = new Set([...names].map((name) => name.toLowerCase()));
  const canonical = new Set([...exact].map(canonicalName));
  return { exact, canonical, underscored: [...exact].some((name) => name.includes('_')) };
}

const NONE: readonly string[] = [];

/** The request headers that are one of the names spelt with `_` for `-`, or the other way round, or with some of each. Lower case. */
export function twinsOf(requestHeaderNames: readonly string[], spellings: Spellings): readonly string[] {
  if (spellings.exact.size === 0) return NONE;
  let twins: string[] | undefined;
  for (const name of requestHeaderNames) {
    if (spellings.underscored || name.includes('_')) {
      const lower = name.toLowerCase();
      if (spellings.canonical.has(canonicalName(lower)) && !spellings.exact.has(lower))
        (twins ??= []).push(lower);
    }
  }
  return twins ?? NONE;
}

/** The configuration's list is one array for good. */
const known = new WeakMap<readonly string[], Spellings>();

/** The first request header that is a twin of an identity header, undefined without one. */
export function twinOf(
  requestHeaderNames: readonly string[],
  identityHeaders: readonly string[],
): string | undefined {
  if (identityHeaders.length === 0) return undefined;
  let spellings = known.get(identityHeaders);
  if (spellings === undefined) known.set(identityHeaders, (spellings = spellingsOf(identityHeaders)));
  return twinsOf(requestHeaderNames, spellings)[0];
}
