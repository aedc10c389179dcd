import { VERSION } from '../../config/version.ts';
import { sortedEntries } from '../builtins/compare.ts';
import { quote } from '../builtins/go-quote.ts';
import { goJson, type JsonShape, jsonShape } from '../builtins/json-shape.ts';
import { regoText } from '../builtins/rego-text.ts';
import { ExactNumber, type RegoObject, type RegoValue } from '../value.ts';
import type { HeaderList, HttpRequest } from './access.ts';
import { builtinError, HttpSendError, typeError } from './http-error.ts';
import { parsedFlag, retries, text, timeoutMs } from './request-fields.ts';
import { parseTarget } from './target.ts';

/** The request object of `http.send` as OPA reads it (v1/topdown/http.go). */

const DEFAULT_TIMEOUT_MS = 5_000;

const REQUIRED = ['method', 'url'];

/** A policy must not read the server's files and variables; the operator's configuration names certificates by file. */
const OF_THE_HOST: readonly string[] = [
  'tls_ca_cert_file',
  'tls_ca_cert_env_variable',
  'tls_client_cert_file',
  'tls_client_cert_env_variable',
  'tls_client_key_file',
  'tls_client_key_env_variable',
];

const ALLOWED: ReadonlySet<RegoValue> = new Set([
  ...REQUIRED,
  ...OF_THE_HOST,
  ...words(`
    body raw_body headers timeout raise_error max_retry_attempts enable_redirect
    force_json_decode force_yaml_decode cache caching_mode force_cache
    force_cache_duration_seconds cache_ignored_headers tls_use_system_certs tls_ca_cert
    tls_client_cert tls_client_key tls_insecure_skip_verify tls_server_name
  `),
]);

/** Throws HttpSendError for fields that OPA does not know, and for missing ones. */
export function checkKeys(request: RegoObject): void {
  const unknown = [...request.keys()].filter((key) => !ALLOWED.has(key));
  if (unknown.length > 0) {
    throw typeError(`operand 1 invalid request parameters(s): ${regoText(new Set(unknown))}`);
  }
  const missing = REQUIRED.filter((key) => !request.has(key));
  if (missing.length > 0) {
    throw typeError(`operand 1 missing required request parameters(s): ${regoText(new Set(missing))}`);
  }
}

/** The request without the headers that caching ignores: equal ones are answered alike. */
export function cacheKeyObject(request: RegoObject): RegoObject {
  const ignored = request.get('cache_ignored_headers');
  const headers = request.get('headers');
  const key = new Map(request).set('cache_ignored_headers', null);
  if (ignored === undefined || headers === undefined) return key;
  if (!Array.isArray(ignored) || !ignored.every((name) => typeof name === 'string')) {
    throw new HttpSendError('cache_ignored_headers must be an array of strings');
  }
  if (!(headers instanceof Map)) throw builtinError('invalid type for headers key');
  return key.set('headers', new Map([...headers].filter(([name]) => !ignored.includes(name as string))));
}

/** What is sent. Throws HttpSendError. */
export function httpRequest(request: RegoObject): Omit<HttpRequest, 'cache'> {
  const fields = new Map<string, RegoValue>();
  let timeout = DEFAULT_TIMEOUT_MS;
  // In OPA's order, so that of several mistakes the same one is told.
  for (const [key, value] of sortedEntries(request)) {
    const name = key as string;
    if (OF_THE_HOST.includes(name)) {
      text(value, name);
      throw builtinError(`${quote(name)} is not permitted: the operator names files in \`network.hosts\``);
    }
    if (name === 'timeout') timeout = timeoutMs(value);
    else if (STRINGS.has(name)) fields.set(name, text(value, name));
    else if (FLAGS.has(name)) fields.set(name, parsedFlag(value));
    else if (name === 'headers' && !(value instanceof Map))
      throw builtinError('invalid type for headers key');
  }
  const method = ((fields.get('method') as string) || 'GET').toUpperCase();
  const url = fields.get('url') as string;
  // oxlint-disable-next-line no-control-regex
  if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(method)) {
    throw builtinError(`net/http: invalid method ${quote(method)}`);
  }
  const headers = headerList(request.get('headers'));
  const maxRetries = retries(request.get('max_retry_attempts'));
  parseTarget(url, method);
  const string = (name: string): string | undefined => fields.get(name) as string | undefined;
  const caCert = string('tls_ca_cert');
  const clientCert = string('tls_client_cert');
  const clientKey = string('tls_client_key');
  const serverName = string('tls_server_name');
  return {
    kind: 'http',
    method,
    url,
    headers,
    body: bodyOf(request, string('raw_body')),
    followRedirects: fields.get('enable_redirect') === true,
    timeoutMs: timeout,
    maxRetries,
    tls: {
      insecureSkipVerify: fields.get('tls_insecure_skip_verify') === true,
      useSystemCerts: fields.get('tls_use_system_certs') === true,
      ...(caCert && { caCert: caCert.replaceAll('\\n', '\n') }),
      ...(clientCert && clientKey && { clientCert, clientKey }),
      ...(serverName && { serverName }),
    },
  };
}

const STRINGS: ReadonlySet<string> = new Set([
  'method',
  'url',
  'raw_body',
  'tls_ca_cert',
  'tls_client_cert',
  'tls_client_key',
  'tls_server_name',
]);

const FLAGS: ReadonlySet<string> = new Set([
  'enable_redirect',
  'tls_use_system_certs',
  'tls_insecure_skip_verify',
]);

function bodyOf(request: RegoObject, rawBody: string | undefined): Uint8Array | undefined {
  if (rawBody !== undefined) return Buffer.from(rawBody);
  const body = request.get('body');
  return body === undefined ? undefined : Buffer.from(goJson(jsonShape(body)));
}

/** With the user agent, where the policy names none. */
export function headerList(headers: RegoValue | undefined): HeaderList {
  const byName = new Map<string, string>();
  const shape = jsonShape(headers ?? new Map());
  for (const [name, value] of shape instanceof Map ? shape : []) {
    if (typeof value !== 'string') {
      throw builtinError(`invalid type for headers value ${quotedByGo(value)}`);
    }
    byName.set(canonicalName(name), value);
  }
  if (!byName.has('User-Agent')) byName.set('User-Agent', `Portcullis/${VERSION}`);
  return [...byName];
}

/** Go's `%q` of a value that is no string; OPA's numbers are strings to it. */
function quotedByGo(value: JsonShape): string {
  if (typeof value === 'boolean') return `%!q(bool=${value})`;
  if (value === null) return '%!q(<nil>)';
  return typeof value === 'object' && !(value instanceof ExactNumber) ? goJson(value) : `"${goJson(value)}"`;
}

/** http.CanonicalHeaderKey: what is no name stays as it is, and is refused when it is sent. */
function canonicalName(name: string): string {
  if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name)) return name;
  return name.toLowerCase().replace(/(^|-)[a-z]/g, (start) => start.toUpperCase());
}

function words(text: string): string[] {
  return text.trim().split(/\s+/);
}
