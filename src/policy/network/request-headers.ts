import type { HeaderList } from './access.ts';
import { NotPermitted } from './host-rules.ts';

/** Headers of a request as they are sent. */

/** They follow from the body and the connection. Go leaves out the first three, the others would change what a connection is. */
const NOT_SENT = new Set(
  words(`
    content-length transfer-encoding trailer connection keep-alive upgrade expect te
    http2-settings proxy-connection
  `),
);

/** Credentials, which another host must not see. */
const CREDENTIALS = new Set([
  'authorization',
  'www-authenticate',
  'cookie',
  'cookie2',
  'proxy-authorization',
  'proxy-authenticate',
]);

const OF_THE_BODY = new Set(['content-encoding', 'content-language', 'content-location', 'content-type']);

const MAX_BYTES = 64 * 1024;

/** A header that cannot be sent. */
class InvalidHeader extends Error {
  override readonly name = 'InvalidHeader';
}

/** Bytes of UTF-8 as Latin-1. Throws InvalidHeader where a name or value could end its line, NotPermitted for too many. */
export function sentHeaders(headers: HeaderList): Map<string, string> {
  const sent = new Map<string, string>();
  let size = 0;
  for (const [name, value] of headers) {
    if (NOT_SENT.has(name.toLowerCase()) || (name === 'User-Agent' && value === '')) continue;
    if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name)) {
      throw new InvalidHeader(`net/http: invalid header field name ${JSON.stringify(name)}`);
    }
    // oxlint-disable-next-line no-control-regex
    if (/[\u0000-\u0008\u000a-\u001f\u007f]/.test(value)) {
      throw new InvalidHeader(`net/http: invalid header field value for ${JSON.stringify(name)}`);
    }
    const bytes = Buffer.from(value.replace(/^[ \t]+|[ \t]+$/g, ''));
    size += name.length + bytes.length + 4;
    sent.set(name, bytes.toString('latin1'));
  }
  if (size > MAX_BYTES) throw new NotPermitted(`the headers are larger than ${MAX_BYTES} bytes`);
  return sent;
}

/** What goes along with a redirect. */
export function redirectedHeaders(
  headers: ReadonlyMap<string, string>,
  options: { readonly sameHost: boolean; readonly withBody: boolean; readonly relative: boolean },
): Map<string, string> {
  return new Map(
    [...headers].filter(([name]) => {
      const lower = name.toLowerCase();
      if (lower === 'host') return options.relative;
      if (CREDENTIALS.has(lower)) return options.sameHost;
      return options.withBody || !OF_THE_BODY.has(lower);
    }),
  );
}

function words(text: string): string[] {
  return text.trim().split(/\s+/);
}
