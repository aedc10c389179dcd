import { isIPv6 } from 'node:net';
import { escapeUrl, UrlError, type UrlPart, unescapeUrlBytes } from './go-url.ts';

/**
 * A URL as Go's url.Parse takes it apart. What was decoded is bytes, which need not be text; what Go leaves empty is
 * empty here.
 */
export interface GoUrl {
  /** In lower case. */
  readonly scheme: string;
  /** What follows the scheme where that does not begin with a slash, such as the address of `mailto:…`. */
  readonly opaque: string;
  readonly user: GoUserInfo | undefined;
  /** With the port. */
  readonly host: Buffer;
  readonly path: Buffer;
  /** The path as it came where writing it anew would not give it back, else empty. */
  readonly rawPath: string;
  /** An absolute path after a scheme without `//`. */
  readonly omitHost: boolean;
  /** A `?` with nothing behind it. */
  readonly forceQuery: boolean;
  readonly rawQuery: string;
  readonly fragment: Buffer;
  /** The fragment as it came where writing it anew would not give it back, else empty. */
  readonly rawFragment: string;
}

export interface GoUserInfo {
  readonly name: Buffer;
  readonly password: Buffer | undefined;
}

type WithoutFragment = Omit<GoUrl, 'fragment' | 'rawFragment'>;

const NOTHING: Buffer = Buffer.alloc(0);
const EMPTY: WithoutFragment = {
  scheme: '',
  opaque: '',
  user: undefined,
  host: NOTHING,
  path: NOTHING,
  rawPath: '',
  omitHost: false,
  forceQuery: false,
  rawQuery: '',
};

/** Takes a URL apart as Go 1.26's net/url does. Throws UrlError with Go's reason. */
export function parseGoUrl(text: string): GoUrl {
  const [url, fragmentText] = cut(text, '#');
  const parts = parseWithoutFragment(url);
  const fragment = unescapeUrlBytes(fragmentText, 'fragment');
  const rawFragment = escapeUrl(fragment, 'fragment') === fragmentText ? '' : fragmentText;
  return { ...parts, fragment, rawFragment };
}

function parseWithoutFragment(url: string): WithoutFragment {
  // oxlint-disable-next-line no-control-regex
  if (/[\u0000-\u001f\u007f]/.test(url)) throw new UrlError('net/url: invalid control character in URL');
  if (url === '*') return { ...EMPTY, path: Buffer.from('*') };
  const { scheme, rest: afterScheme } = splitScheme(url);
  const [beforeQuery, rawQuery, hasQuery] = cut(afterScheme, '?');
  const parts = { ...EMPTY, scheme, rawQuery, forceQuery: hasQuery && rawQuery === '' };
  let rest = beforeQuery;
  if (!rest.startsWith('/')) {
    // Nothing more to take apart.
    if (scheme !== '') return { ...parts, opaque: rest };
    if (cut(rest, '/')[0].includes(':')) {
      throw new UrlError('first path segment in URL cannot contain colon');
    }
  }
  let authority: Pick<GoUrl, 'user' | 'host' | 'omitHost'> = EMPTY;
  if (rest.startsWith('//') && (scheme !== '' || !rest.startsWith('///'))) {
    const slash = rest.indexOf('/', 2);
    authority = parseAuthority(scheme, slash === -1 ? rest.slice(2) : rest.slice(2, slash));
    rest = slash === -1 ? '' : rest.slice(slash);
  } else if (scheme !== '' && rest.startsWith('/')) {
    authority = { ...EMPTY, omitHost: true };
  }
  const { user, host, omitHost } = authority;
  const path = unescapeUrlBytes(rest, 'path');
  const rawPath = escapeUrl(path, 'path') === rest ? '' : rest;
  return { ...parts, user, host, omitHost, path, rawPath };
}

function splitScheme(url: string): { scheme: string; rest: string } {
  if (url.startsWith(':')) throw new UrlError('missing protocol scheme');
  const scheme = /^([A-Za-z][A-Za-z0-9+\-.]*):/.exec(url)?.[1];
  if (scheme === undefined) return { scheme: '', rest: url };
  return { scheme: scheme.toLowerCase(), rest: url.slice(scheme.length + 1) };
}

function parseAuthority(scheme: string, authority: string): Pick<GoUrl, 'user' | 'host' | 'omitHost'> {
  const at = authority.lastIndexOf('@');
  const host = Buffer.from(parseHost(scheme, authority.slice(at + 1)), 'latin1');
  return { host, user: at === -1 ? undefined : parseUserInfo(authority.slice(0, at)), omitHost: false };
}

function parseUserInfo(userInfo: string): GoUserInfo {
  if (!/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(userInfo)) throw new UrlError('net/url: invalid userinfo');
  const [name, password, hasPassword] = cut(userInfo, ':');
  return {
    name: unescapeUrlBytes(name, 'userinfo'),
    password: hasPassword ? unescapeUrlBytes(password, 'userinfo') : undefined,
  };
}

/** The host with its port, a character for each byte. */
function parseHost(scheme: string, host: string): string {
  const open = host.lastIndexOf('[');
  if (open > 0) throw new UrlError('invalid IP-literal');
  if (open === 0) return parseIpLiteral(host);
  const first = host.indexOf(':');
  const last = host.lastIndexOf(':');
  // With several colons Go is strict for http only: `http://::1/` is refused, `postgres://a:1,b:2/` is not.
  if (first !== -1) checkPort(host.slice(scheme === 'http' || scheme === 'https' ? first : last));
  return decodedBytes(host, 'host');
}

function parseIpLiteral(host: string): string {
  const close = host.lastIndexOf(']');
  if (close === -1) throw new UrlError("missing ']' in host");
  const port = host.slice(close + 1);
  checkPort(port);
  const name = host.slice(1, close);
  const zone = name.indexOf('%25');
  const address =
    zone === -1
      ? decodedBytes(name, 'host')
      : decodedBytes(name.slice(0, zone), 'host') + decodedBytes(name.slice(zone), 'zone');
  const [ip, zoneName] = cut(address, '%');
  if (!isIPv6(ip) || (address.includes('%') && zoneName === '')) throw new UrlError('invalid IP-literal');
  return `[${address}]${port}`;
}

function checkPort(port: string): void {
  if (port !== '' && !/^:[0-9]*$/.test(port)) {
    throw new UrlError(`invalid port ${JSON.stringify(port)} after host`);
  }
}

function decodedBytes(text: string, part: UrlPart): string {
  return unescapeUrlBytes(text, part).toString('latin1');
}

/** Before and after the first separator, which belongs to neither, and whether there is one. */
function cut(text: string, separator: string): [before: string, after: string, found: boolean] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, '', false] : [text.slice(0, at), text.slice(at + separator.length), true];
}
