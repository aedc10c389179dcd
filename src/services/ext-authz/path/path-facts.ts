import { percentDecode } from './percent-decode.ts';

/**
 * Why two servers may read a request target differently.
 *
 * | Name | What is in the target | How servers differ |
 * |---|---|---|
 * | `not_absolute` | a path that does not begin with `/`: `a/b`, `http://host/a`, empty; `*` is right for OPTIONS, the empty path for CONNECT | routed by a part that others take for a host, or refused |
 * | `empty_segment` | `//` anywhere | merged into one slash, kept, or taken for the beginning of a host |
 * | `dot_segment` | a segment `.` or `..`, also written `%2e`, also behind `%2f` or `\` | resolved before or after matching, before or after decoding, or kept |
 * | `encoded_separator` | `%2f` | a slash, or part of a segment |
 * | `backslash` | `\`, `%5c` | a slash on Windows and to browsers |
 * | `semicolon` | `;`, `%3b` | begins a parameter that servlet containers cut off (`/admin;x`, `/..;/`) |
 * | `encoded_query_mark` | `%3f` | decoded and sent on, it begins a query |
 * | `fragment` | `#` in path or query, `%23` in the path | cut off, or kept; no client may send it (RFC 9110 section 4.2.5) |
 * | `control_character` | U+0000 to U+001F, U+007F to U+009F, written out in path or query or escaped in the path | cut at NUL, dropped, or ends the request line |
 * | `whitespace` | white space written out in path or query | ends the target in an HTTP/1 request line |
 * | `non_ascii` | anything beyond ASCII written out in the path | read as UTF-8 or as Latin-1; RFC 3986 wants it escaped |
 * | `malformed_escape` | `%` without two hexadecimal digits (`%zz`, `%u0041`) | refused, kept, or decoded by other rules |
 * | `not_utf8` | escapes that are not UTF-8 when decoded, overlong ones (`%c0%af`) too | decoded to other characters, or refused |
 * | `double_encoding` | an escape that is there after decoding once: `%252f`, `%25%32%66` | decoded once or twice |
 * | `encoded_unreserved` | an escaped letter, digit, `-`, `.`, `_` or `~`: `/%61dmin` | the same as written out (RFC 3986 section 6.2.2.2), or another path: Envoy's routes and Express match undecoded, Go, nginx and Tomcat decode first |
 * | `trailing_dot_or_space` | a segment other than `.` and `..` that ends in `.` or a space, also `%2e`, `%20` | Windows drops them: `/admin.` is `/admin` |
 * | `data_stream` | `:$`, also escaped: `/a.asp::$DATA`, `/admin:$I30:$INDEX_ALLOCATION` | another name of the file or folder in front of it on NTFS |
 * | `lookalike_separator` | a character that NFKC or a best-fit mapping turns into `/`, `\`, `.`, `;`, `?`, `#` or `%`: `%EF%BC%8F`, `%E2%88%95` | a separator where text is normalised or put into another character set |
 *
 * A slash at the end is not ambiguous, nor is a `?` in the query or at the very end.
 */
export type PathAmbiguity =
  | 'not_absolute'
  | 'empty_segment'
  | 'dot_segment'
  | 'encoded_separator'
  | 'backslash'
  | 'semicolon'
  | 'encoded_query_mark'
  | 'fragment'
  | 'control_character'
  | 'whitespace'
  | 'non_ascii'
  | 'malformed_escape'
  | 'not_utf8'
  | 'double_encoding'
  | 'encoded_unreserved'
  | 'trailing_dot_or_space'
  | 'data_stream'
  | 'lookalike_separator';

/** A request target taken apart without a URL parser: to one, `//admin/x` names the host `admin` (CVE-2026-26205). */
export interface PathFacts {
  /** The path as it came, up to the first `?`. */
  readonly raw: string;
  /** What follows the first `?`. */
  readonly rawQuery: string;
  /** The raw path without its first `/`, split at each `/`. `/` has one empty segment, an empty path has none. */
  readonly rawSegments: readonly string[];
  /** Each raw segment with its escapes decoded once; undefined when one is malformed. Bytes that are not UTF-8 are U+FFFD. */
  readonly decodedSegments: readonly string[] | undefined;
  /** Decoded once as a whole, then `.`, `..` and empty segments resolved; a slash at the end stays. Undefined when an escape is malformed. */
  readonly normalized: string | undefined;
  /** Sorted, each once; empty when every server reads the path alike. */
  readonly ambiguities: readonly PathAmbiguity[];
}

/** The facts of a request target (`:path`, with its query) under a method as sent. Never throws; linear. */
export function pathFacts(path: string, method: string): PathFacts {
  const mark = path.indexOf('?');
  const raw = mark < 0 ? path : path.slice(0, mark);
  const rawQuery = mark < 0 ? '' : path.slice(mark + 1);
  const rawSegments = segmentsOf(raw);
  if (PLAIN.test(raw) && !QUERY_SUSPECT.test(rawQuery))
    return { raw, rawQuery, rawSegments, decodedSegments: rawSegments, normalized: raw, ambiguities: [] };
  const decoded = percentDecode(raw);
  return {
    raw,
    rawQuery,
    rawSegments,
    decodedSegments:
      decoded === undefined ? undefined : rawSegments.map((segment) => percentDecode(segment) ?? ''),
    normalized: decoded === undefined ? undefined : normalize(decoded),
    ambiguities: ambiguitiesOf(raw, rawQuery, decoded, path === '', method),
  };
}

/** Segments of unreserved characters and most sub-delimiters (RFC 3986 section 3.3), none of them empty but the last, none with a dot at its beginning or end. */
const PLAIN = /^(?:\/(?!\.)[\w.~!&'()*+,=:@-]+(?<!\.))*\/?$(?<=.)/;
const QUERY_SUSPECT = /[^!"$-~]/;

function segmentsOf(raw: string): string[] {
  if (raw === '') return [];
  return (raw.startsWith('/') ? raw.slice(1) : raw).split('/');
}

function normalize(decoded: string): string {
  if (decoded === '' || decoded === '*') return decoded;
  const segments = decoded.split('/');
  const kept: string[] = [];
  for (const segment of segments) {
    if (segment === '..') kept.pop();
    else if (segment !== '' && segment !== '.') kept.push(segment);
  }
  const last = segments.at(-1) as string;
  const endsInSlash = kept.length > 0 && (last === '' || last === '.' || last === '..');
  return `/${kept.join('/')}${endsInSlash ? '/' : ''}`;
}

/** What shows in the raw path by itself. */
const IN_RAW: readonly (readonly [PathAmbiguity, RegExp])[] = [
  ['backslash', /\\|%5c/i],
  // oxlint-disable-next-line no-control-regex
  ['control_character', /[\u0000-\u001f\u007f-\u009f]|%[01][0-9a-f]|%7f|%c2%[89][0-9a-f]/i],
  ['data_stream', /(?::|%3a)(?:\$|%24)/i],
  ['dot_segment', /(?:^|[/\\]|%2f|%5c)(?:\.|%2e){1,2}(?:$|[/\\]|%2f|%5c)/i],
  ['empty_segment', /\/\//],
  ['encoded_query_mark', /%3f/i],
  ['encoded_separator', /%2f/i],
  ['encoded_unreserved', /%(?:2[de]|3\d|4[1-9a-f]|5[\daf]|6[1-9a-f]|7[\dae])/i],
  ['fragment', /#|%23/],
  ['malformed_escape', /%(?![0-9a-f]{2})/i],
  // oxlint-disable-next-line no-control-regex
  ['non_ascii', /[^\u0000-\u009f]/],
  ['semicolon', /;|%3b/i],
  ['trailing_dot_or_space', /(?:(?<!(?:^|[/\\]|%2f|%5c)(?:\.|%2e)?)(?:\.|%2e)| |%20)(?=$|[/\\]|%2f|%5c)/i],
  ['whitespace', /\s/],
];

/** What shows in the raw query by itself. */
const IN_QUERY: readonly (readonly [PathAmbiguity, RegExp])[] = [
  // oxlint-disable-next-line no-control-regex
  ['control_character', /[\u0000-\u001f\u007f-\u009f]/],
  ['fragment', /#/],
  ['whitespace', /\s/],
];

function ambiguitiesOf(
  raw: string,
  rawQuery: string,
  decoded: string | undefined,
  pathIsEmpty: boolean,
  method: string,
): PathAmbiguity[] {
  const found = new Set<PathAmbiguity>();
  for (const [name, pattern] of IN_RAW) if (pattern.test(raw)) found.add(name);
  for (const [name, pattern] of IN_QUERY) if (pattern.test(rawQuery)) found.add(name);
  const hasNoPath = (pathIsEmpty && method === 'CONNECT') || (raw === '*' && method === 'OPTIONS');
  if (!raw.startsWith('/') && !hasNoPath) found.add('not_absolute');
  if (decoded !== undefined) {
    if (raw.includes('%') && !decodesToUtf8(raw)) found.add('not_utf8');
    if (DECODED_ESCAPE.test(decoded)) found.add('double_encoding');
    if (LOOKALIKE.test(decoded)) found.add('lookalike_separator');
  }
  return [...found].sort();
}

const DECODED_ESCAPE = /%[0-9a-f]{2}/i;
/** The Greek question mark, dot leaders, solidi and reverse solidi of mathematics, vertical, small and full-width forms. */
const LOOKALIKE =
  /[\u037e\u2024\u2025\u2044\u2215\u2216\u29f5\u29f8\u29f9\ufe14\ufe16\ufe30\ufe52\ufe54\ufe56\ufe5f\ufe68\ufe6a\uff03\uff05\uff0e\uff0f\uff1b\uff1f\uff3c]/;

/** Strict, unlike what gives {@link PathFacts.normalized}. The escapes must be well formed. */
function decodesToUtf8(raw: string): boolean {
  try {
    decodeURIComponent(raw);
    return true;
  } catch {
    return false;
  }
}
