import { asBuffer } from './as-buffer.ts';

/**
 * JSON text in which characters beyond U+FFFF stand as themselves, not as escaped surrogate pairs.
 *
 * OPA's module decodes some of those pairs wrongly: it joins the halves by a bitwise or where it has to add
 * (wasm/src/unicode.c), so "\ud840\udc00", which is U+20000, becomes U+10000, another identity. A lone surrogate
 * aborts the module or swallows the escape behind it; here it becomes U+FFFD, as in Go's encoding/json.
 *
 * @param json valid JSON in UTF-8; given back as it is when it holds no such escape
 */
export function withoutSurrogateEscapes(json: Uint8Array): Uint8Array {
  const bytes = asBuffer(json);
  if (!bytes.includes(BACKSLASH)) return json;
  if (!bytes.includes('\\ud') && !bytes.includes('\\uD')) return json;
  return Buffer.from(bytes.toString('utf8').replace(ESCAPE, unescapeSurrogates));
}

const BACKSLASH = 0x5c;

/** One escape, pairs of surrogates together. Every escape is matched, so that `\\ud840` is not mistaken for one. */
const ESCAPE =
  /\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[dD][89a-fA-F][0-9a-fA-F]{2}|\\./g;

function unescapeSurrogates(escape: string): string {
  if (escape.length === 2) return escape;
  return escape.length === 12 ? (JSON.parse(`"${escape}"`) as string) : '\ufffd';
}
