import type { RegoNumber } from '../../value.ts';
import { BuiltinError } from '../builtin.ts';
import { isAcceptedNumber } from '../number-limits.ts';
import { textToNumber } from '../numbers.ts';
import { checkShift } from './exact-numbers.ts';

const DIGITS = '[0-9]+(?:_[0-9]+)*';
const HEX_DIGITS = '[0-9a-fA-F]+(?:_[0-9a-fA-F]+)*';

/** As Go's strconv.ParseFloat reads them, but for infinities and NaN. Underscores may stand between digits. */
const DECIMAL = new RegExp(
  `^([+-]?)(?:(${DIGITS})(?:\\.(${DIGITS})?)?|\\.(${DIGITS}))([eE][+-]?${DIGITS})?$`,
);
const HEXADECIMAL = new RegExp(
  `^([+-]?)0[xX](?:_?(${HEX_DIGITS})(?:\\.(${HEX_DIGITS})?)?|\\.(${HEX_DIGITS}))[pP]([+-]?${DIGITS})$`,
);

/**
 * The number that `to_number` makes of a text. OPA keeps the text, even one that JSON has not, such as `+5` and `.5`, and
 * then fails to write it; here it becomes the JSON number of the same value. Throws BuiltinError.
 */
export function parseNumber(text: string): RegoNumber {
  const number = decimalText(text) ?? hexadecimalText(text);
  if (number === undefined) throw new BuiltinError(`parsing ${JSON.stringify(text)}: invalid syntax`);
  if (!Number.isFinite(Number(number))) {
    throw new BuiltinError(`parsing ${JSON.stringify(text)}: value out of range`);
  }
  if (!isAcceptedNumber(number)) throw new BuiltinError('invalid number: number too big');
  return textToNumber(number);
}

function decimalText(text: string): string | undefined {
  const parts = DECIMAL.exec(text)?.map((part) => part?.replaceAll('_', '') ?? '');
  if (parts === undefined) return undefined;
  const [, sign, whole = '', fraction = '', onlyFraction = '', exponent = ''] = parts;
  const decimals = fraction + onlyFraction;
  const integer = whole.replace(/^0+/, '') || '0';
  return `${sign === '-' ? '-' : ''}${integer}${decimals === '' ? '' : '.'}${decimals}${exponent}`;
}

function hexadecimalText(text: string): string | undefined {
  const parts = HEXADECIMAL.exec(text)?.map((part) => part?.replaceAll('_', '') ?? '');
  if (parts === undefined) return undefined;
  const [, sign, whole = '', fraction = '', onlyFraction = '', power = ''] = parts;
  const decimals = fraction + onlyFraction;
  const magnitude = BigInt(`0x${whole}${decimals}`);
  const exponent = Number(power) - 4 * decimals.length;
  if (magnitude === 0n) return sign === '-' ? '-0' : '0';
  checkShift(magnitude, Math.abs(exponent));
  const shift = BigInt(Math.abs(exponent));
  const number = exponent >= 0 ? `${magnitude << shift}` : `${magnitude * 5n ** shift}e-${shift}`;
  return `${sign === '-' ? '-' : ''}${number}`;
}
