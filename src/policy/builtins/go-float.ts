/**
 * Doubles as Go's strconv.FormatFloat writes them (64 bits): exact decimals, halves rounded to even. JavaScript's
 * `toFixed` and `toExponential` round halves up and stop at 100 digits, so they cannot stand in.
 */

/** The forms of strconv.FormatFloat: `e` exponent, `f` plain, `g` the shorter of both, `b` and `x` binary exponent. */
export type FloatForm = 'e' | 'E' | 'f' | 'g' | 'G' | 'b' | 'x' | 'X';

/** Decimal digits without a point, and where the point stands: `digits: '125', point: 1` is 1.25. Zero has no digits. */
interface Digits {
  readonly digits: string;
  readonly point: number;
}

/** Writes a finite double. `precision` is the number of digits after the point (`g`: of significant digits); -1 the fewest that read back. */
export function formatFloat(value: number, form: FloatForm, precision: number): string {
  const negative = value < 0 || Object.is(value, -0);
  const text = magnitude(Math.abs(value), form, precision);
  return negative ? `-${text}` : text;
}

function magnitude(value: number, form: FloatForm, precision: number): string {
  switch (form) {
    case 'b':
      return binary(value);
    case 'x':
      return hexadecimal(value, precision);
    case 'X':
      return hexadecimal(value, precision).toUpperCase();
    case 'f': {
      const digits = precision < 0 ? shortest(value) : roundAt(exact(value), precision, 'fraction');
      return plain(digits, precision < 0 ? Math.max(digits.digits.length - digits.point, 0) : precision);
    }
    case 'e':
    case 'E': {
      const digits = precision < 0 ? shortest(value) : roundAt(exact(value), precision + 1, 'digits');
      return exponential(digits, precision < 0 ? Math.max(digits.digits.length - 1, 0) : precision, form);
    }
    case 'g':
    case 'G':
    default:
      return general(value, form === 'G' ? 'E' : 'e', precision);
  }
}

/** `%e` below 10^-4 and from 10^precision on (10^6 for the shortest form, 10^21 only in Go's JSON), else `%f`. */
function general(value: number, form: 'e' | 'E', precision: number): string {
  const short = precision < 0;
  const wanted = precision === 0 ? 1 : precision;
  const digits = short ? shortest(value) : roundAt(exact(value), wanted, 'digits');
  const count = digits.digits.length;
  let limit = short ? 6 : wanted;
  if (!short && limit > count && count >= digits.point) limit = count;
  if (short) limit = 6;
  const exponent = digits.point - 1;
  if (exponent < -4 || exponent >= limit) {
    return exponential(digits, Math.max((short ? count : Math.min(wanted, count)) - 1, 0), form);
  }
  return plain(digits, Math.max(count - digits.point, 0));
}

/** The fewest digits that read back as the same double; ECMAScript and Go agree on them. */
function shortest(value: number): Digits {
  if (value === 0) return { digits: '', point: 0 };
  const [mantissa, exponent] = value.toExponential().split('e');
  return { digits: mantissa!.replace('.', ''), point: Number(exponent) + 1 };
}

/** The last answer of `exact`: a format may name one argument a hundred thousand times. */
let lastExact: { readonly value: number; readonly digits: Digits } = {
  value: 0,
  digits: { digits: '', point: 0 },
};

/** All decimal digits of the double: up to 767 of them. */
function exact(value: number): Digits {
  if (lastExact.value !== value) lastExact = { value, digits: exactDigits(value) };
  return lastExact.digits;
}

function exactDigits(value: number): Digits {
  if (value === 0) return { digits: '', point: 0 };
  const { mantissa, exponent } = decompose(value);
  const scaled = exponent >= 0 ? mantissa << BigInt(exponent) : mantissa * 5n ** BigInt(-exponent);
  const digits = scaled.toString();
  const point = digits.length + Math.min(exponent, 0);
  return { digits: digits.replace(/0+$/, ''), point };
}

/** Rounds half to even to `count` digits in all, or after the point. */
function roundAt({ digits, point }: Digits, count: number, unit: 'digits' | 'fraction'): Digits {
  const keep = unit === 'digits' ? count : point + count;
  if (keep >= digits.length) return { digits, point };
  if (keep < 0) return { digits: '', point: 0 };
  const next = digits.charCodeAt(keep) - 48;
  const half = next === 5 && keep + 1 === digits.length;
  const odd = keep > 0 && (digits.charCodeAt(keep - 1) - 48) % 2 === 1;
  if (half ? !odd : next < 5) return trimmed(digits.slice(0, keep), point);
  const raised = (BigInt(digits.slice(0, keep) || '0') + 1n).toString();
  return trimmed(raised, point + raised.length - Math.max(keep, 0));
}

function trimmed(digits: string, point: number): Digits {
  const kept = digits.replace(/0+$/, '');
  return { digits: kept, point: kept === '' ? 0 : point };
}

function plain({ digits, point }: Digits, fraction: number): string {
  const whole = point > 0 ? digits.slice(0, point).padEnd(point, '0') : '0';
  if (fraction === 0) return whole;
  const tail = point > 0 ? digits.slice(point) : '0'.repeat(Math.min(-point, fraction)) + digits;
  return `${whole}.${tail.slice(0, fraction).padEnd(fraction, '0')}`;
}

function exponential({ digits, point }: Digits, fraction: number, form: 'e' | 'E'): string {
  const exponent = digits === '' ? 0 : point - 1;
  const tail = fraction > 0 ? `.${digits.slice(1, fraction + 1).padEnd(fraction, '0')}` : '';
  const sign = exponent < 0 ? '-' : '+';
  return `${digits[0] ?? '0'}${tail}${form}${sign}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

function binary(value: number): string {
  const { mantissa, exponent } = decompose(value);
  return `${mantissa}p${exponent < 0 ? '-' : '+'}${Math.abs(exponent)}`;
}

/** `%x`: one hexadecimal digit, a fraction, and a binary exponent of at least two digits; halves to even. */
function hexadecimal(value: number, precision: number): string {
  let { mantissa, exponent } = decompose(value);
  if (value !== 0) {
    const length = mantissa.toString(2).length;
    mantissa <<= BigInt(53 - length);
    exponent += length - 1;
  }
  if (precision >= 0 && precision < 13) {
    const drop = BigInt(52 - precision * 4);
    const rest = mantissa & ((1n << drop) - 1n);
    const half = 1n << (drop - 1n);
    mantissa >>= drop;
    if (rest > half || (rest === half && (mantissa & 1n) === 1n)) mantissa += 1n;
    mantissa <<= drop;
    if (mantissa >= 1n << 53n) {
      mantissa >>= 1n;
      exponent += 1;
    }
  }
  const digits = mantissa.toString(16).padStart(14, '0');
  const all = digits.slice(1);
  const fraction = precision < 0 ? all.replace(/0+$/, '') : all.padEnd(precision, '0').slice(0, precision);
  const shown = value === 0 ? 0 : exponent;
  const sign = shown < 0 ? '-' : '+';
  return `0x${digits[0]}${fraction && `.${fraction}`}p${sign}${String(Math.abs(shown)).padStart(2, '0')}`;
}

const view = new DataView(new ArrayBuffer(8));

/** value = mantissa × 2^exponent, as IEEE 754 stores it. */
export function decompose(value: number): { mantissa: bigint; exponent: number } {
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const fraction = bits & 0xf_ffff_ffff_ffffn;
  const exponent = Number((bits >> 52n) & 0x7ffn);
  return exponent === 0
    ? { mantissa: fraction, exponent: -1074 }
    : { mantissa: fraction | (1n << 52n), exponent: exponent - 1075 };
}
