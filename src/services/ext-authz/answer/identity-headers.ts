import { LRUCache } from 'lru-cache';
import { nameProblem } from './header-rules.ts';

/*
 * Servers that hand headers on as CGI variables (NGINX, WSGI, PHP, …) read `x_user` and `x-user` as the same HTTP_X_USER, so a client's own
 * `x_user` would stand beside or before the `x-user` that a policy sets (CVE-2026-39858), or in the place of one that it removes.
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

/** Of no names. */
export const NO_SPELLINGS: Spellings = { exact: new Set(), canonical: new Set(), underscored: false };

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

/** What keeps the twins of some names from the upstream. */
export interface Guard {
  /** Removed whether or not the check holds them: `allowed_headers` may have kept them from it. Lower case, each once. */
  readonly always: readonly string[];
  /** Names of which `always` does not hold every twin: what the request holds of them goes too. */
  readonly further: Spellings;
}

/** A name with more has more than eight spellings: too many to name in each answer. */
const MAX_SEPARATORS = 3;

/** Policies name the same headers again and again; those that make names up are not to fill the memory. */
const guards = new LRUCache<string, Guard>({ max: 256 });
const MAX_KEY_LENGTH = 1_000;

/** The guard of names of headers, which are tokens. Memoised by the names. */
export function guardOf(names: readonly string[]): Guard {
  const key = names.join(' ');
  let guard = guards.get(key);
  if (guard === undefined) {
    guard = newGuard(names);
    if (key.length <= MAX_KEY_LENGTH) guards.set(key, guard);
  }
  return guard;
}

function newGuard(names: readonly string[]): Guard {
  const { exact } = spellingsOf(names);
  const twins = new Set([...exact].flatMap(likelySpellings));
  const always = [...twins].filter((name) => !exact.has(name) && nameProblem(name, 'removal') === undefined);
  const long = spellingsOf([...exact].filter((name) => separatorsOf(name) > MAX_SEPARATORS));
  const known = new Set([...exact, ...always]);
  return { always, further: long.exact.size === 0 ? long : { ...long, exact: known } };
}

const separatorsOf = (name: string): number => name.match(/[-_]/g)?.length ?? 0;

/** A name with each of its separators as `-` and as `_`; where these are many, with all of them as the one or the other. */
function likelySpellings(name: string): string[] {
  const parts = name.split(/[-_]/);
  if (parts.length > MAX_SEPARATORS + 1) return [parts.join('-'), parts.join('_')];
  return parts
    .slice(1)
    .reduce((spelt, part) => spelt.flatMap((left) => [`${left}-${part}`, `${left}_${part}`]), [parts[0]!]);
}

/** The configuration's list is one array for good. */
const known = new WeakMap<readonly string[], Spellings>();

/** Whether a request may hold twins of them: it has a name with `_`, or one of them is such a name. */
export function mayHaveTwins(
  identityHeaders: readonly string[],
  request: { readonly hasUnderscoredHeader: boolean },
): boolean {
  return knownSpellings(identityHeaders).underscored || request.hasUnderscoredHeader;
}

function knownSpellings(identityHeaders: readonly string[]): Spellings {
  let spellings = known.get(identityHeaders);
  if (spellings === undefined) known.set(identityHeaders, (spellings = spellingsOf(identityHeaders)));
  return spellings;
}

/** The first request header that is a twin of an identity header, undefined without one. */
export function twinOf(
  requestHeaderNames: readonly string[],
  identityHeaders: readonly string[],
): string | undefined {
  if (identityHeaders.length === 0) return undefined;
  return twinsOf(requestHeaderNames, knownSpellings(identityHeaders))[0];
}
