import { createHash } from 'node:crypto';
import type { RecordedCall } from '../builtins/builtin.ts';
import type { RegoObject, RegoValue } from '../value.ts';

/**
 * What a decision records of `http.send`: which request was made and how it was answered, without what may be secret:
 * bodies, keys, queries, and the values of headers that are not known to be harmless. Of the answer's body its digest is
 * kept, which proves what the policy saw.
 */
export function recordedHttpSend({ args, result }: RecordedCall): RecordedCall {
  return {
    args: args.map((request) => (request instanceof Map ? shownRequest(request) : request)),
    result: result instanceof Map ? shownResponse(result) : result,
  };
}

const REDACTED = '(redacted)';

const SHOWN_HEADERS: ReadonlySet<RegoValue> = new Set(
  words(`
    accept accept-encoding accept-language cache-control content-encoding content-length
    content-type date etag expires host if-modified-since if-none-match last-modified server
    user-agent vary
  `),
);

const SECRET_FIELDS: ReadonlySet<RegoValue> = new Set(['body', 'raw_body', 'tls_client_key']);

function shownRequest(request: RegoObject): RegoObject {
  return new Map(
    Array.from(request, ([name, value]): [RegoValue, RegoValue] => {
      if (SECRET_FIELDS.has(name)) return [name, REDACTED];
      if (name === 'url' && typeof value === 'string') return [name, shownUrl(value)];
      return [name, name === 'headers' ? shownHeaders(value) : value];
    }),
  );
}

function shownResponse(response: RegoObject): RegoObject {
  const {
    body: _,
    raw_body: rawBody,
    headers,
    ...rest
  } = Object.fromEntries(response) as Record<string, RegoValue>;
  const shown = new Map<RegoValue, RegoValue>(Object.entries(rest));
  if (headers !== undefined) shown.set('headers', shownHeaders(headers));
  if (typeof rawBody === 'string') shown.set('raw_body_sha256', sha256(rawBody));
  const error = rest['error'];
  if (error instanceof Map) {
    const message = error.get('message');
    const text = typeof message === 'string' ? withoutSecrets(message) : REDACTED;
    shown.set('error', new Map(error).set('message', text));
  }
  return shown;
}

/** What stands in quotes, and URLs without: Go's words for a timeout have none around them, so there only the words tell the end. */
const URLS = /"((?:[^"\\]|\\.)*)"|\b[a-z][a-z0-9+.-]*:\/\/(?:.*(?=: request timed out$)|[^\s"]*)/gis;

/** A message with what its URLs may hold of secrets replaced. A part of one can be quoted by itself. */
export function withoutSecrets(message: string): string {
  return message.replace(URLS, (text: string, quoted: string | undefined) => {
    if (quoted === undefined) return shownUrl(text);
    return /[:/@?]/.test(quoted) ? `"${shownUrl(quoted)}"` : text;
  });
}

function shownHeaders(headers: RegoValue): RegoValue {
  if (!(headers instanceof Map)) return REDACTED;
  return new Map(
    Array.from(headers, ([name, value]): [RegoValue, RegoValue] => [
      name,
      SHOWN_HEADERS.has(typeof name === 'string' ? name.toLowerCase() : name) ? value : REDACTED,
    ]),
  );
}

const URL_PARTS =
  /^([a-z][a-z0-9+.-]*:\/\/)([^/?#]*@)?((?:\[[^\]@]*\]|[^:/?#@[\]]*)(?::[0-9]*)?(?:\/[^?#]*)?)([?#].*)?$/is;

/** Without user, password, query and fragment; nothing of what is no URL, since who knows where its password lies. */
function shownUrl(url: string): string {
  const parts = URL_PARTS.exec(url);
  if (parts === null) return REDACTED;
  const [, scheme, user, place, query] = parts;
  return `${scheme}${user === undefined ? '' : `${REDACTED}@`}${place}${query === undefined ? '' : `?${REDACTED}`}`;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function words(text: string): string[] {
  return text.trim().split(/\s+/);
}
