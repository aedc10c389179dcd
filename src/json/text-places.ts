import { parseJson } from './parse.ts';

export const QUOTE = 0x22;
export const BACKSLASH = 0x5c;
export const COMMA = 0x2c;
export const OPEN_BRACE = 0x7b;
export const CLOSE_BRACE = 0x7d;
export const OPEN_BRACKET = 0x5b;
export const CLOSE_BRACKET = 0x5d;

/** Where the value ends that begins at `at` in canonical JSON. What is no canonical JSON is not noticed. */
export function valueEnd(json: Uint8Array, at: number): number {
  const first = json[at];
  if (first === QUOTE) return stringEnd(json, at);
  if (first !== OPEN_BRACE && first !== OPEN_BRACKET) return wordEnd(json, at);
  let depth = 0;
  for (let i = at; ; i++) {
    const byte = json[i];
    if (byte === QUOTE) i = stringEnd(json, i) - 1;
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth++;
    else if ((byte === CLOSE_BRACE || byte === CLOSE_BRACKET) && --depth === 0) return i + 1;
    else if (byte === undefined) return i;
  }
}

/** Behind the closing quote of the string that begins at `at`. */
export function stringEnd(json: Uint8Array, at: number): number {
  for (let i = at + 1; ; i++) {
    const byte = json[i];
    if (byte === QUOTE || byte === undefined) return i + 1;
    if (byte === BACKSLASH) i++;
  }
}

function wordEnd(json: Uint8Array, at: number): number {
  for (let i = at; ; i++) {
    const byte = json[i];
    if (byte === undefined || byte === COMMA || byte === CLOSE_BRACE || byte === CLOSE_BRACKET) return i;
  }
}

/** The string that stands between two places, quotes included. */
export function stringBetween(json: Uint8Array, from: number, to: number): string {
  const text = Buffer.from(json.buffer, json.byteOffset + from, to - from);
  return text.includes(BACKSLASH) ? (parseJson(text) as string) : text.toString('utf8', 1, to - from - 1);
}

/** Whether these bytes stand at a place. */
export function standsAt(json: Uint8Array, at: number, bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) if (json[at + i] !== bytes[i]) return false;
  return true;
}
