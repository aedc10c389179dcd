import { percentDecodeBytes } from '../path/percent-decode.ts';
import type { ByteString } from './byte-text.ts';

/** The parameters of a media type or a disposition. */
export interface Parameters {
  /** By lower-case name. */
  readonly values: ReadonlyMap<string, ByteString>;
  /** The names of which a reader that knows less or more of RFC 2231 than Go could see another value, or none. */
  readonly unclear: ReadonlySet<string>;
}

/**
 * Puts parameters together that come in pieces (`name*0`, `name*1*`) or encoded (`name*`), as Go's
 * `mime.ParseMediaType` does by RFC 2231: what it cannot decode is left out, pieces count up to the first gap, and what
 * is put together wins over a plain parameter of the name. Each of these is unclear.
 */
export function joinContinuations(parameters: ReadonlyMap<string, ByteString>): Parameters {
  const counts = new Map<string, number>();
  const values = new Map<string, ByteString>();
  const unclear = new Set<string>();
  for (const [name, value] of parameters) {
    const star = name.indexOf('*');
    if (star < 0) values.set(name, value);
    else counts.set(name.slice(0, star), (counts.get(name.slice(0, star)) ?? 0) + 1);
  }
  for (const [name, count] of counts) {
    const whole = parameters.get(`${name}*`);
    const { value, used } = whole === undefined ? pieces(name, parameters) : extended(whole);
    if (used < count || values.has(name)) unclear.add(name);
    if (value !== undefined) values.set(name, value);
  }
  return { values, unclear };
}

/** A value, and of how many parameters it holds all. */
interface Joined {
  readonly value: ByteString | undefined;
  readonly used: number;
}

function pieces(name: string, parameters: ReadonlyMap<string, ByteString>): Joined {
  let value: ByteString | undefined;
  let used = 0;
  for (let index = 0; ; index++) {
    const plain = parameters.get(`${name}*${index}`);
    const encoded = parameters.get(`${name}*${index}*`);
    if (plain === undefined && encoded === undefined) return { value, used };
    const decode = index === 0 ? decodeExtended : percentDecodeBytes;
    const piece = plain ?? decode(encoded as ByteString);
    if (piece !== undefined) used++;
    value = (value ?? '') + (piece ?? '');
  }
}

function extended(source: ByteString): Joined {
  const value = decodeExtended(source);
  return { value, used: value === undefined ? 0 : 1 };
}

/** RFC 2231 section 4: `charset'language'value`. */
function decodeExtended(value: ByteString): ByteString | undefined {
  const [, charset, encoded] = /^([^']*)'[^']*'(.*)$/s.exec(value) ?? [];
  if (charset === undefined || !/^(?:us-ascii|utf-8)$/i.test(charset)) return undefined;
  return percentDecodeBytes(encoded as string);
}
