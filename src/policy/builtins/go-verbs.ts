import type { Flags } from './go-flags.ts';
import { type FloatForm, formatFloat } from './go-float.ts';
import { canBackquote, isPrintable, quote, quoteRune } from './go-quote.ts';

/**
 * One value under one verb, as Go's fmt writes it (fmt/format.go). Each function gives undefined for a verb that the
 * type does not know; the caller then writes `%!verb(type=value)`.
 */

const BASES: Readonly<Record<string, number>> = { b: 2, o: 8, O: 8, d: 10, v: 10, x: 16, X: 16 };

/** An int or rune. */
export function formatInteger(flags: Flags, value: bigint, verb: string): string | undefined {
  if (verb === 'c') return flags.pad(runeText(value));
  if (verb === 'q') return flags.pad(quoteRune(runeText(value), flags.plus));
  if (verb === 'U') return flags.padSpaces(unicodeText(flags, BigInt.asUintN(64, value)));
  const base = BASES[verb];
  if (base === undefined) return undefined;
  const negative = value < 0n;
  let precision = 0;
  if (flags.precision !== undefined) {
    precision = flags.precision;
    if (precision === 0 && value === 0n) return ' '.repeat(flags.width ?? 0);
  } else if (flags.zero && !flags.minus && flags.width !== undefined) {
    precision = flags.width - (negative || flags.plus || flags.space ? 1 : 0);
  }
  const digits = letters(magnitude(value).toString(base), verb).padStart(precision, '0');
  return flags.padSpaces(signed(flags, negative) + prefix(flags, verb, digits) + digits);
}

/** The last answer of `bigDigits`: a format may name one argument a hundred thousand times. */
let lastBig: { readonly value: bigint; readonly base: number; readonly digits: string } = {
  value: 0n,
  base: 10,
  digits: '0',
};

function bigDigits(value: bigint, base: number): string {
  if (lastBig.value !== value || lastBig.base !== base) {
    lastBig = { value, base, digits: magnitude(value).toString(base) };
  }
  return lastBig.digits;
}

/** A big.Int, which formats itself by rules of its own (math/big/intconv.go). */
export function formatBig(flags: Flags, value: bigint, verb: string): string {
  const base = verb === 's' ? 10 : BASES[verb];
  if (base === undefined) return `%!${verb}(big.Int=${value})`;
  const digits = letters(bigDigits(value, base), verb);
  if (digits === '0' && flags.precision === 0) return '';
  const octal = verb === 'o' && (flags.sharp || flags.sharpV) ? '0' : undefined;
  const sharp = flags.sharp || flags.sharpV;
  const mark = octal ?? (verb === 'O' ? '0o' : sharp && base !== 10 ? `0${verb}` : '');
  const head = bigSign(flags, value) + mark;
  const zeros = Math.max((flags.precision ?? 0) - digits.length, 0);
  const missing = Math.max((flags.width ?? 0) - head.length - zeros - digits.length, 0);
  if (flags.minus) return head + '0'.repeat(zeros) + digits + ' '.repeat(missing);
  if (flags.zero && flags.precision === undefined) return head + '0'.repeat(missing) + digits;
  return ' '.repeat(missing) + head + '0'.repeat(zeros) + digits;
}

/** A float64. */
export function formatFloating(flags: Flags, value: number, verb: string): string | undefined {
  if (!'vbgGxXfFeE'.includes(verb) || verb.length !== 1) return undefined;
  const form = (verb === 'v' ? 'g' : verb === 'F' ? 'f' : verb) as FloatForm;
  const precision = flags.precision ?? ('feE'.includes(form) ? 6 : -1);
  const text = formatFloat(value, form, precision);
  const negative = text.startsWith('-');
  let number = negative ? text.slice(1) : text;
  if (flags.sharp && form !== 'b') number = withPoint(number, form, precision);
  const sign = signed(flags, negative);
  if (sign !== '' && flags.zero && !flags.minus && flags.width !== undefined) {
    return sign + number.padStart(flags.width - 1, '0');
  }
  return flags.pad(sign + number);
}

/** A string, or any text that stands for a composite value. */
export function formatString(flags: Flags, value: string, verb: string): string | undefined {
  switch (verb) {
    case 'v':
      return flags.sharpV ? quoted(flags, value) : flags.pad(truncated(flags, value));
    case 's':
      return flags.pad(truncated(flags, value));
    case 'x':
    case 'X':
      return hexDump(flags, value, verb);
    case 'q':
      return quoted(flags, value);
    default:
      return undefined;
  }
}

/** Keeps as many runes as the precision says. */
export function truncated(flags: Flags, text: string): string {
  if (flags.precision === undefined || flags.precision >= text.length) return text;
  let end = 0;
  for (let left = flags.precision; left > 0 && end < text.length; left--) {
    end += text.codePointAt(end)! > 0xffff ? 2 : 1;
  }
  return text.slice(0, end);
}

function quoted(flags: Flags, value: string): string {
  const text = truncated(flags, value);
  if (flags.sharp && canBackquote(text)) return flags.pad(`\`${text}\``);
  return flags.pad(quote(text, flags.plus));
}

function hexDump(flags: Flags, value: string, verb: 'x' | 'X'): string {
  // Each character has a byte at least; one more keeps a pair of surrogates together.
  const { precision = value.length } = flags;
  const bytes = Buffer.from(value.slice(0, precision + 1), 'utf8');
  const kept = flags.precision === undefined ? bytes : bytes.subarray(0, flags.precision);
  if (kept.length === 0) return (flags.zero && !flags.minus ? '0' : ' ').repeat(flags.width ?? 0);
  const pairs = Array.from(kept, (byte) => letters(byte.toString(16).padStart(2, '0'), verb));
  const mark = flags.sharp ? `0${verb}` : '';
  return flags.pad(flags.space ? pairs.map((pair) => mark + pair).join(' ') : mark + pairs.join(''));
}

function unicodeText(flags: Flags, code: bigint): string {
  const digits = code
    .toString(16)
    .toUpperCase()
    .padStart(Math.max(flags.precision ?? 4, 4), '0');
  const character = flags.sharp && code <= 0x10ffffn ? runeText(code) : '';
  const shown = character !== '' && isPrintable(character) && isScalar(code) ? ` '${character}'` : '';
  return `U+${digits}${shown}`;
}

/** The character of a code point; U+FFFD where there is none. */
function runeText(code: bigint): string {
  return isScalar(code) ? String.fromCodePoint(Number(code)) : '\ufffd';
}

function isScalar(code: bigint): boolean {
  return code >= 0n && code <= 0x10ffffn && !(code >= 0xd800n && code <= 0xdfffn);
}

/** `#` for floats: always a point, and `%g` keeps its zeros. */
function withPoint(number: string, form: FloatForm, precision: number): string {
  const hex = form === 'x' || form === 'X';
  const split = number.search(hex ? /[pP]/ : /[eE]/);
  let head = split === -1 ? number : number.slice(0, split);
  const tail = split === -1 ? '' : number.slice(split);
  let wanted = form === 'g' || form === 'G' || form === 'x' ? (precision === -1 ? 6 : precision) : 0;
  wanted -= head.replace('.', '').replace(/^0+/, '').length;
  if (!head.includes('.')) {
    if (head === '0') wanted--;
    head += '.';
  }
  return head + '0'.repeat(Math.max(wanted, 0)) + tail;
}

function signed(flags: Flags, negative: boolean): string {
  if (negative) return '-';
  if (flags.plus) return '+';
  return flags.space ? ' ' : '';
}

function bigSign(flags: Flags, value: bigint): string {
  if (value < 0n) return '-';
  if (flags.plus || flags.plusV) return '+';
  return flags.space ? ' ' : '';
}

function prefix(flags: Flags, verb: string, digits: string): string {
  if (verb === 'O') return flags.sharp && !digits.startsWith('0') ? '0o0' : '0o';
  if (!flags.sharp) return '';
  if (verb === 'o') return digits.startsWith('0') ? '' : '0';
  return verb === 'b' || verb === 'x' || verb === 'X' ? `0${verb}` : '';
}

function letters(digits: string, verb: string): string {
  return verb === 'X' ? digits.toUpperCase() : digits;
}

function magnitude(value: bigint): bigint {
  return value < 0n ? -value : value;
}
