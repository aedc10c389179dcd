import type { RegoValue } from '../value.ts';
import { type Builtin, BuiltinError } from './builtin.ts';
import { isPrintable } from './go-quote.ts';
import { stringOperand } from './operands.ts';
import { utf8Text } from './utf8-text.ts';

function decodeHex(value: RegoValue): string {
  const text = stringOperand(value, 1);
  const wrong = /[^0-9a-fA-F]/u.exec(text)?.[0];
  if (wrong !== undefined) throw new BuiltinError(`encoding/hex: invalid byte: ${shownByte(wrong)}`);
  if (text.length % 2 === 1) throw new BuiltinError('encoding/hex: odd length hex string');
  return utf8Text(Buffer.from(text, 'hex'));
}

/** The character's first byte as Go's `%#U`, which takes it for a character. */
function shownByte(character: string): string {
  const byte = Buffer.from(character)[0]!;
  const code = `U+${byte.toString(16).toUpperCase().padStart(4, '0')}`;
  const shown = String.fromCodePoint(byte);
  return isPrintable(shown) ? `${code} '${shown}'` : code;
}

/** Puts a backslash before each character that a glob gives a meaning. */
function quoteGlob(value: RegoValue): string {
  return stringOperand(value, 1).replace(/[*?\\[\]{}]/g, '\\$&');
}

export const encodingBuiltins: readonly Builtin[] = [
  {
    name: 'hex.encode',
    effects: [],
    call: (_context, text) => Buffer.from(stringOperand(text, 1)).toString('hex'),
  },
  { name: 'hex.decode', effects: [], call: (_context, text) => decodeHex(text) },
  {
    name: 'base64url.encode_no_pad',
    effects: [],
    call: (_context, text) => Buffer.from(stringOperand(text, 1)).toString('base64url'),
  },
  { name: 'glob.quote_meta', effects: [], call: (_context, text) => quoteGlob(text) },
];
