import { isIP } from 'node:net';
import { normalHost } from '../../config/host-pattern.ts';
import type { UrlScheme } from '../../config/network.ts';
import { quote } from '../builtins/go-quote.ts';
import { escapeUrl, UrlError } from '../builtins/go-url.ts';
import { type GoUrl, parseGoUrl } from '../builtins/go-url-parse.ts';
import { builtinError, HttpSendError } from './http-error.ts';

/**
 * Where a request goes. A URL is taken apart once, and what is checked is what is connected to: the text itself goes
 * no further, so that no other reader can see another host in it.
 */
export interface Target {
  readonly scheme: UrlScheme;
  /** In its one way of writing; see `normalHost`. */
  readonly host: string;
  readonly port: number;
  /** For the `Host` header: with the port unless it is the scheme's own. */
  readonly authority: string;
  /** Path and query as they are sent: ASCII, and bytes beyond as Latin-1. */
  readonly path: string;
  /** Value of an `Authorization` header by the user and password in the URL. */
  readonly authorization: string | undefined;
  /** For messages: without the password. */
  readonly text: string;
}

const DEFAULT_PORTS = { https: 443, http: 80 } as const;

const MAX_URL_LENGTH = 64 * 1024;

/** Throws HttpSendError: one that OPA wraps for a URL that cannot be read, a network error for one that leads nowhere. */
export function parseTarget(url: string, method: string): Target {
  if (url.length > MAX_URL_LENGTH) throw builtinError(`the URL is longer than ${MAX_URL_LENGTH} characters`);
  const parsed = parse(url);
  const { scheme } = parsed;
  if (scheme === 'unix') throw builtinError('requests to Unix sockets are not permitted');
  const text = withoutPassword(url, parsed);
  if (scheme !== 'http' && scheme !== 'https') {
    throw unreachable(method, text, `unsupported protocol scheme ${quote(scheme)}`);
  }
  if (parsed.host.length === 0) throw unreachable(method, text, 'http: no Host in request URL');
  const [, name = '', digits = ''] = /^(.*?)(?::([0-9]*))?$/s.exec(parsed.host.toString('latin1')) ?? [];
  const host = normalHost(name);
  if (host === undefined) {
    throw builtinError(`disallowed host: ${quote(name)} is neither a name in ASCII nor an address`);
  }
  const port = digits === '' ? DEFAULT_PORTS[scheme] : Number(digits);
  if (port < 1 || port > 65_535) throw unreachable(method, text, `dial tcp: address ${digits}: invalid port`);
  const bracketed = isIP(host) === 6 ? `[${host}]` : host;
  return {
    scheme,
    host,
    port,
    authority: port === DEFAULT_PORTS[scheme] ? bracketed : `${bracketed}:${port}`,
    path: requestPath(parsed),
    authorization: basicAuthorization(parsed),
    text,
  };
}

function parse(url: string): GoUrl {
  try {
    return parseGoUrl(url);
  } catch (error) {
    if (error instanceof UrlError) throw builtinError(`parse ${quote(url)}: ${error.message}`);
    throw error;
  }
}

function unreachable(method: string, text: string, reason: string): HttpSendError {
  const message = urlError(method, text, reason);
  return new HttpSendError(message, message, 'eval_http_send_network_error');
}

/** Go's URL.RequestURI. What a request line cannot hold is escaped. */
function requestPath({ path, rawPath, rawQuery, forceQuery }: GoUrl): string {
  const asWritten = /^[A-Za-z0-9\-._~!$&'()*+,;=:@[\]%/]+$/.test(rawPath);
  const escaped = asWritten ? rawPath : escapeUrl(path, 'path');
  const query = Buffer.from(rawQuery).toString('latin1').replaceAll(' ', '%20');
  const slash = escaped.startsWith('/') ? '' : '/';
  return `${slash}${escaped}${forceQuery || query !== '' ? '?' : ''}${query}`;
}

function basicAuthorization({ user }: GoUrl): string | undefined {
  if (user === undefined) return undefined;
  const pair = Buffer.concat([user.name, Buffer.from(':'), user.password ?? Buffer.alloc(0)]);
  return `Basic ${pair.toString('base64')}`;
}

function withoutPassword(url: string, { user }: GoUrl): string {
  if (user?.password === undefined) return url;
  return url.replace(/^([^/]*\/\/[^:/?#]*):[^/?#]*@/, '$1:***@');
}

/** Go's url.Error. */
export function urlError(method: string, text: string, reason: string): string {
  return `${urlErrorOperation(method)} ${quote(text)}: ${reason}`;
}

/** The method as Go's url.Error writes it: `Get`. */
export function urlErrorOperation(method: string): string {
  return method.charAt(0) + method.slice(1).toLowerCase();
}
