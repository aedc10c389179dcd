import { createHmac, hash } from 'node:crypto';
import type { RegoObject, RegoValue } from '../value.ts';
import { type Builtin, BuiltinError } from './builtin.ts';
import { compareStrings, sortedEntries } from './compare.ts';
import { UrlError } from './go-url.ts';
import { type GoUrl, parseGoUrl } from './go-url-parse.ts';
import { escapedPath } from './go-url-text.ts';
import { goJson, jsonShape } from './json-shape.ts';
import { numberToInt64 } from './numbers.ts';
import { numberOperand, objectOperand, operandError } from './operands.ts';
import { regoText } from './rego-text.ts';
import { utf8Text } from './utf8-text.ts';

/** Requests signed for Amazon Web Services (Signature Version 4), as OPA's v1/topdown/providers.go. */
export const awsBuiltins: readonly Builtin[] = [
  {
    name: 'providers.aws.sign_req',
    effects: [],
    call: (_context, request, config, timeNs) => signRequest(request, config, timeNs),
  },
];

interface Credentials {
  readonly service: string;
  readonly accessKey: string;
  readonly secretKey: string;
  readonly region: string;
  /** Empty without one. */
  readonly sessionToken: string;
}

/** What `http.send` takes. */
const REQUEST_KEYS: ReadonlySet<RegoValue> = new Set(
  [
    'method url body raw_body headers timeout cache force_cache force_cache_duration_seconds caching_mode',
    'cache_ignored_headers enable_redirect force_json_decode force_yaml_decode raise_error max_retry_attempts',
    'tls_use_system_certs tls_ca_cert tls_ca_cert_file tls_ca_cert_env_variable tls_client_cert',
    'tls_client_cert_file tls_client_cert_env_variable tls_client_key tls_client_key_file',
    'tls_client_key_env_variable tls_insecure_skip_verify tls_server_name',
  ].flatMap((names) => names.split(' ')),
);

/** Headers that something on the way may change. */
const UNSIGNED_HEADERS: ReadonlySet<string> = new Set(['authorization', 'user-agent', 'x-amzn-trace-id']);

/** Services that want the body's hash in a header. */
const HASHED_SERVICES: ReadonlySet<string> = new Set(['s3', 'glacier']);

/** The request with the headers that sign it. */
function signRequest(...[request, config, timeNs]: (RegoValue | undefined)[]): RegoValue {
  const fields = objectOperand(request, 1);
  const options = objectOperand(config, 1);
  checkTexts(options, CONFIG_KEYS, 2, 'AWS config');
  const credentials = readCredentials(options);
  const time = signingTime(timeNs);
  const unknown = [...fields.keys()].filter((key) => !REQUEST_KEYS.has(key));
  if (unknown.length > 0) throw operandError(1, `invalid request parameters(s): ${setText(unknown)}`);
  checkPresent(fields, REQUIRED_KEYS, 1, 'request');
  const headers = textHeaders(fields.get('headers'));
  checkTexts(fields, REQUIRED_KEYS, 1, 'request');
  const url = parseUrl(textOrEmpty(fields.get('url')));
  const method = textOrEmpty(fields.get('method'));
  const contentHash = unsignedPayload(options) ? 'UNSIGNED-PAYLOAD' : hash('sha256', bodyOf(fields));

  const added = addedHeaders(url, credentials, time, contentHash);
  const signed = new Map([...added, ...signedHeaders(headers)]);
  const authorization = authorizationOf({ method, url, credentials, time, contentHash, signed });
  const all = new Map<RegoValue, RegoValue>([...headers, ['Authorization', authorization], ...added]);
  return new Map(fields).set('headers', all);
}

function readCredentials(config: RegoObject): Credentials {
  return {
    service: textOrEmpty(config.get('aws_service')),
    accessKey: textOrEmpty(config.get('aws_access_key')),
    secretKey: textOrEmpty(config.get('aws_secret_access_key')),
    region: textOrEmpty(config.get('aws_region')),
    sessionToken: textOrEmpty(config.get('aws_session_token')),
  };
}

const CONFIG_KEYS = ['aws_service', 'aws_access_key', 'aws_secret_access_key', 'aws_region'];
const REQUIRED_KEYS = ['method', 'url'];

function checkPresent(object: RegoObject, names: readonly string[], position: number, what: string): void {
  const missing = names.filter((name) => !object.has(name));
  if (missing.length === 0) return;
  throw operandError(position, `missing required ${what} parameters(s): ${setText(missing)}`);
}

/** All of them are there, and are strings. */
function checkTexts(object: RegoObject, names: readonly string[], position: number, what: string): void {
  checkPresent(object, names, position, what);
  const invalid = names.filter((name) => typeof object.get(name) !== 'string');
  if (invalid.length === 0) return;
  throw operandError(position, `invalid values for required ${what} parameters(s): ${setText(invalid)}`);
}

const setText = (values: readonly RegoValue[]): string => regoText(new Set(values));

function textOrEmpty(value: RegoValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

/** Keys and values that are no strings become empty, as in OPA. */
function textHeaders(value: RegoValue | undefined): Map<string, string> {
  const headers = value === undefined ? new Map() : objectOperand(value, 0);
  return new Map(sortedEntries(headers).map(([name, text]) => [textOrEmpty(name), textOrEmpty(text)]));
}

function parseUrl(text: string): GoUrl {
  try {
    return parseGoUrl(text);
  } catch (error) {
    if (error instanceof UrlError) throw new BuiltinError(`invalid URL: ${error.message}`, { cause: error });
    throw error;
  }
}

function unsignedPayload(config: RegoObject): boolean {
  const value = config.get('disable_payload_signing');
  if (value === undefined || typeof value === 'boolean') return value === true;
  throw new BuiltinError("operand 2 invalid value for 'disable_payload_signing' in AWS config");
}

function bodyOf(request: RegoObject): string {
  if (request.has('raw_body')) return textOrEmpty(request.get('raw_body'));
  return request.has('body') ? goJson(jsonShape(request.get('body')!)) : '';
}

/** `20060102T150405Z` in UTC. */
function signingTime(timeNs: RegoValue | undefined): string {
  const ns = numberToInt64(numberOperand(timeNs, 1));
  if (ns === undefined) throw operandError(3, 'could not convert time_ns value into a unix timestamp');
  const ms = ns / 1_000_000n - (ns % 1_000_000n < 0n ? 1n : 0n);
  return `${new Date(Number(ms)).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
}

function addedHeaders(
  url: GoUrl,
  { service, sessionToken }: Credentials,
  time: string,
  contentHash: string,
): Map<string, string> {
  const headers = new Map([
    ['host', utf8Text(url.host)],
    ['x-amz-date', time],
  ]);
  if (HASHED_SERVICES.has(service)) headers.set('x-amz-content-sha256', contentHash);
  if (sessionToken !== '') headers.set('x-amz-security-token', sessionToken);
  return headers;
}

function signedHeaders(headers: ReadonlyMap<string, string>): [name: string, value: string][] {
  return Array.from(headers, ([name, value]): [string, string] => [lowerCase(name), value]).filter(
    ([name]) => !UNSIGNED_HEADERS.has(name),
  );
}

/** Character by character, as Go does it: the end of a word makes no difference. */
function lowerCase(text: string): string {
  return Array.from(text, (character) => (character === '\u0130' ? 'i' : character.toLowerCase())).join('');
}

interface Signing {
  readonly method: string;
  readonly url: GoUrl;
  readonly credentials: Credentials;
  readonly time: string;
  readonly contentHash: string;
  /** By name in lower case. */
  readonly signed: ReadonlyMap<string, string>;
}

/** The value of the header `Authorization`. */
function authorizationOf({ method, url, credentials, time, contentHash, signed }: Signing): string {
  const headers = [...signed].sort(([left], [right]) => compareStrings(left, right));
  const names = headers.map(([name]) => name).join(';');
  const lines = headers.map(([name, value]) => `${name}:${value}\n`).join('');
  const canonical = [method, escapedPath(url), url.rawQuery, lines, names, contentHash].join('\n');
  const date = time.slice(0, 8);
  const scope = `${date}/${credentials.region}/${credentials.service}/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', time, scope, hash('sha256', canonical)].join('\n');
  const signature = mac(signingKey(credentials, date), toSign).toString('hex');
  return `AWS4-HMAC-SHA256 Credential=${credentials.accessKey}/${scope},SignedHeaders=${names},Signature=${signature}`;
}

/** Bound to the day, the region and the service. */
function signingKey({ secretKey, region, service }: Credentials, date: string): Buffer {
  let key: Buffer = Buffer.from(`AWS4${secretKey}`);
  for (const message of [date, region, service, 'aws4_request']) key = mac(key, message);
  return key;
}

function mac(key: Buffer, message: string): Buffer {
  return createHmac('sha256', key).update(message).digest();
}
