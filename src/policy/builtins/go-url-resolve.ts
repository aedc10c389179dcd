import { escapeUrl, unescapeUrlBytes } from './go-url.ts';
import type { GoUrl } from './go-url-parse.ts';
import { escapedPath } from './go-url-text.ts';

const NOTHING: Buffer = Buffer.alloc(0);

/** Go's URL.ResolveReference (RFC 3986 section 5.2): what `reference` means where it stands in a document at `base`. */
export function resolveGoUrl(base: GoUrl, reference: GoUrl): GoUrl {
  const { scheme, host, user, path, opaque } = reference;
  if (scheme !== '' || host.length > 0 || user !== undefined) {
    const own = scheme === '' ? { ...reference, scheme: base.scheme } : reference;
    return withPath(own, resolvePath(escapedPath(reference), ''));
  }
  const url = { ...reference, scheme: base.scheme };
  if (opaque !== '') return { ...url, path: NOTHING };
  const isFragmentOnly = path.length === 0 && !reference.forceQuery && reference.rawQuery === '';
  const keptQuery = isFragmentOnly ? { rawQuery: base.rawQuery } : {};
  const keptFragment =
    isFragmentOnly && reference.fragment.length === 0
      ? { fragment: base.fragment, rawFragment: base.rawFragment }
      : {};
  const kept = { ...url, ...keptQuery, ...keptFragment };
  if (path.length === 0 && base.opaque !== '') return { ...kept, opaque: base.opaque };
  return withPath(
    { ...kept, host: base.host, user: base.user },
    resolvePath(escapedPath(base), escapedPath(reference)),
  );
}

function withPath(url: GoUrl, escaped: string): GoUrl {
  const path = unescapeUrlBytes(escaped, 'path');
  return { ...url, path, rawPath: escapeUrl(path, 'path') === escaped ? '' : escaped };
}

/** The reference's path from the base's folder, without `.` and `..`; begins with a slash unless it is empty. */
function resolvePath(base: string, reference: string): string {
  const full = reference === '' || reference.startsWith('/') ? reference || base : folderOf(base) + reference;
  if (full === '') return '';
  const elements = full.split('/');
  let path = '';
  let first = true;
  for (const element of elements) {
    if (element === '..') {
      path = path.slice(0, Math.max(path.lastIndexOf('/'), 0));
      first = path === '';
    } else if (element === '.') {
      first = false;
    } else {
      path += first ? element : `/${element}`;
      first = false;
    }
  }
  const last = elements.at(-1);
  if (last === '.' || last === '..') path += '/';
  return path.startsWith('/') ? path : `/${path}`;
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1);
}
