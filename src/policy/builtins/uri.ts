import { isIPv6 } from 'node:net';
import type { RegoValue } from '../value.ts';
import { type Builtin, BuiltinError } from './builtin.ts';
import { escapeUrl, UrlError, type UrlPart, unescapeUrlBytes } from './go-url.ts';
import { stringOperand } from './operands.ts';
import { utf8Text } from './utf8-text.ts';

/** The parts of a URI as Go's url.Parse finds them (v1/topdown/uri.go). */
export const uriBuiltins: readonly Builtin[] = [
  {
    name: 'uri.parse',
    effects: [],
    call: (_, text) => parsed(stringOperand(text, 1)),
  },
  {
    name: 'uri.is_valid',
    effects: [],
    call: (_, text) => typeof text === 'string' && text !== '' && isValid(text),
  },
];

/** Parts that the URI does not have are left out. What was decoded is bytes, which need not be text. */
type Parts = Record<string, string | Uint8Array>;

function isValid(text: string): boolean {
  try {
    parse(text);
    return true;
  } catch (error) {
    if (error instanceof UrlError) return false;
    throw error;
  }
}

function parsed(text: string): RegoValue {
  try {
    const parts = Object.entries(parse(text));
    return new Map(parts.map(([name, part]) => [name, typeof part === 'string' ? part : utf8Text(part)]));
  } catch (error) {
    if (error instanceof UrlError) {
      throw new BuiltinError(`parse ${JSON.stringify(text)}: ${error.message}`, { cause: error });
    }
    throw error;
  }
}

function parse(uri: string): Parts {
  const [url, fragment] = cut(uri, '#');
  const parts = parseWithoutFragment(url);
  if (fragment !== '') parts['fragment'] = unescapeUrlBytes(fragment, 'fragment');
  return parts;
}

function parseWithoutFragment(url: string): Parts {
  // oxlint-disable-next-line no-control-regex
  if (/[\u0000-\u001f\u007f]/.test(url)) throw new UrlError('net/url: invalid control character in URL');
  const parts: Parts = {};
  if (url === '*') return { path: '*', raw_path: '*' };
  const { scheme, rest: afterScheme } = splitScheme(url);
  if (scheme !== '') parts['scheme'] = scheme.toLowerCase();
  const [beforeQuery, query] = cut(afterScheme, '?');
  if (query !== '') parts['raw_query'] = query;
  let rest = beforeQuery;
  if (!rest.startsWith('/')) {
    // Opaque, such as `mailto:…`: nothing more to take apart.
    if (scheme !== '') return parts;
    if (cut(rest, '/')[0].includes(':')) {
      throw new UrlError('first path segment in URL cannot contain colon');
    }
  }
  if (rest.startsWith('//') && (scheme !== '' || !rest.startsWith('///'))) {
    const slash = rest.indexOf('/', 2);
    const authority = slash === -1 ? rest.slice(2) : rest.slice(2, slash);
    rest = slash === -1 ? '' : rest.slice(slash);
    addHost(parts, parseAuthority(scheme.toLowerCase(), authority));
  }
  addPath(parts, rest);
  return parts;
}

function splitScheme(url: string): { scheme: string; rest: string } {
  if (url.startsWith(':')) throw new UrlError('missing protocol scheme');
  const scheme = /^([A-Za-z][A-Za-z0-9+\-.]*):/.exec(url)?.[1];
  return scheme === undefined ? { scheme: '', rest: url } : { scheme, rest: url.slice(scheme.length + 1) };
}

/** Checks user information and gives the host with its port, a character for each byte. */
function parseAuthority(scheme: string, authority: string): string {
  const at = authority.lastIndexOf('@');
  const host = parseHost(scheme, authority.slice(at + 1));
  if (at !== -1) {
    const userinfo = authority.slice(0, at);
    if (!/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(userinfo)) {
      throw new UrlError('net/url: invalid userinfo');
    }
    unescapeUrlBytes(userinfo, 'userinfo');
  }
  return host;
}

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

function addHost(parts: Parts, host: string): void {
  const colon = host.lastIndexOf(':');
  const hasPort = colon !== -1 && /^:[0-9]*$/.test(host.slice(colon));
  const name = hasPort ? host.slice(0, colon) : host;
  const hostname = name.startsWith('[') && name.endsWith(']') ? name.slice(1, -1) : name;
  if (hostname !== '') parts['hostname'] = Buffer.from(hostname, 'latin1');
  if (hasPort && colon + 1 < host.length) parts['port'] = host.slice(colon + 1);
}

/** `raw_path` is the text as it came where writing the path anew would not give it back, else the path. */
function addPath(parts: Parts, text: string): void {
  const bytes = unescapeUrlBytes(text, 'path');
  if (bytes.length === 0) return;
  parts['path'] = bytes;
  parts['raw_path'] = escapeUrl(bytes, 'path') === text ? bytes : text;
}

function decodedBytes(text: string, part: UrlPart): string {
  return unescapeUrlBytes(text, part).toString('latin1');
}

/** Before and after the first separator, which belongs to neither. */
function cut(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + separator.length)];
}
