import type { ByteString } from './byte-text.ts';
import { percentDecodeBytes } from './percent-decode.ts';

/**
 * Puts parameters together that come in pieces (`name*0`, `name*1*`) or encoded (`name*`), as Go's
 * `mime.ParseMediaType` does by RFC 2231: what it cannot decode is left out, pieces count up to the first gap, and what
 * is put together wins over a plain parameter of the name.
 */
export function joinContinuations(parameters: Map<string, ByteString>): Map<string, ByteString> {
  const names = new Set<string>();
  const joined = new Map<string, ByteString>();
  for (const [name, value] of parameters) {
    const star = name.indexOf('*');
    if (star < 0) joined.set(name, value);
    else names.add(name.slice(0, star));
  }
  for (const name of names) {
    const whole = parameters.get(`${name}*`);
    const value = whole === undefined ? pieces(name, parameters) : decodeExtended(whole);
    if (value !== undefined) joined.set(name, value);
  }
  return joined;
}

function pieces(name: string, parameters: ReadonlyMap<string, ByteString>): ByteString | undefined {
  let value: ByteString | undefined;
  for (let index = 0; ; index++) {
    const plain = parameters.get(`${name}*${index}`);
    const encoded = parameters.get(`${name}*${index}*`);
    if (plain === undefined && encoded === undefined) return value;
    const decoded = index === 0 ? decodeExtended : percentDecodeBytes;
    value = (value ?? '') + (plain ?? decoded(encoded as ByteString) ?? '');
  }
}

/** RFC 2231 section 4: `charset'language'value`. */
function decodeExtended(value: ByteString): ByteString | undefined {
  const [, charset, encoded] = /^([^']*)'[^']*'(.*)$/s.exec(value) ?? [];
  if (charset === undefined || !/^(?:us-ascii|utf-8)$/i.test(charset)) return undefined;
  return percentDecodeBytes(encoded as string);
}
