import type { RegoValue } from '../../value.ts';
import { type Builtin, BuiltinError } from '../builtin.ts';
import { byteText } from '../byte-text.ts';
import { decodeBase64 } from '../go-base64.ts';
import { stringOperand } from '../operands.ts';

/** Base64 in both alphabets (v1/topdown/encoding.go). */

function isValid(value: RegoValue): boolean {
  return typeof value === 'string' && decodeBase64(value) !== undefined;
}

function decode(text: string): string {
  const bytes = decodeBase64(text);
  if (bytes === undefined) throw new BuiltinError('illegal base64 data');
  return byteText(bytes);
}

/** What ends without padding is given it by its length; line breaks count, as in OPA, though they are skipped later. */
function decodeUrl(text: string): string {
  if (/[+/]/.test(text)) throw new BuiltinError('illegal base64 data');
  const remainder = text.endsWith('=') ? 0 : Buffer.byteLength(text) % 4;
  if (remainder === 1) throw new BuiltinError('illegal base64url string');
  const padded = remainder === 0 ? text : text + '='.repeat(4 - remainder);
  return decode(padded.replaceAll('-', '+').replaceAll('_', '/'));
}

function encodeUrl(text: string): string {
  return Buffer.from(text).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
}

export const base64Builtins: readonly Builtin[] = [
  { name: 'base64.is_valid', effects: [], call: (_context, text) => isValid(text) },
  { name: 'base64.decode', effects: [], call: (_context, text) => decode(stringOperand(text, 1)) },
  {
    name: 'base64.encode',
    effects: [],
    call: (_context, text) => Buffer.from(stringOperand(text, 1)).toString('base64'),
  },
  { name: 'base64url.decode', effects: [], call: (_context, text) => decodeUrl(stringOperand(text, 1)) },
  { name: 'base64url.encode', effects: [], call: (_context, text) => encodeUrl(stringOperand(text, 1)) },
];
