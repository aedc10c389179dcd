import { escapeUrl, UrlError, type UrlPart, unescapeUrlBytes } from './go-url.ts';
import type { GoUrl, GoUserInfo } from './go-url-parse.ts';

/** Go's URL.String(). */
export function goUrlText(url: GoUrl): string {
  let text = url.scheme === '' ? '' : `${url.scheme}:`;
  if (url.opaque === '') {
    text += authorityText(url);
    const path = escapedPath(url);
    if (path !== '' && !path.startsWith('/') && url.host.length > 0) text += '/';
    // A first segment with a colon would be read as a scheme (RFC 3986 section 4.2).
    if (text === '' && path.split('/', 1)[0]!.includes(':')) text += './';
    text += path;
  } else {
    text += url.opaque;
  }
  if (url.forceQuery || url.rawQuery !== '') text += `?${url.rawQuery}`;
  if (url.fragment.length > 0) text += `#${asItCame(url.fragment, url.rawFragment, 'fragment')}`;
  return text;
}

/** Go's URL.EscapedPath(): as it came where that is a valid way to write it. */
export function escapedPath(url: GoUrl): string {
  if (url.path.length === 1 && url.path[0] === 0x2a && url.rawPath === '') return '*';
  return asItCame(url.path, url.rawPath, 'path');
}

function authorityText({ scheme, host, user, omitHost, path }: GoUrl): string {
  if (host.length === 0 && user === undefined && (scheme === '' || omitHost)) return '';
  const slashes = host.length > 0 || path.length > 0 || user !== undefined ? '//' : '';
  return slashes + (user === undefined ? '' : `${userText(user)}@`) + escapeUrl(host, 'host');
}

function userText({ name, password }: GoUserInfo): string {
  const text = escapeUrl(name, 'userinfo');
  return password === undefined ? text : `${text}:${escapeUrl(password, 'userinfo')}`;
}

function asItCame(bytes: Buffer, raw: string, part: UrlPart): string {
  return raw !== '' && isValidlyWritten(raw, bytes, part) ? raw : escapeUrl(bytes, part);
}

function isValidlyWritten(raw: string, bytes: Buffer, part: UrlPart): boolean {
  const others = raw.replace(/[!$&'()*+,;=:@[\]%]/g, '');
  if (escapeUrl(others, part) !== others) return false;
  try {
    return unescapeUrlBytes(raw, part).equals(bytes);
  } catch (error) {
    if (error instanceof UrlError) return false;
    throw error;
  }
}
