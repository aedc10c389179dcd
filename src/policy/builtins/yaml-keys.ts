import { numberText } from './numbers.ts';
import type { YamlScalar } from './yaml-resolve.ts';

/** Larger floats are written with an exponent. */
const PLAIN_DIGITS = 6;

/** The member of a JSON object that a key becomes (internal/yaml of OPA); undefined for null and moments. */
export function keyText(key: YamlScalar): string | undefined {
  switch (key.kind) {
    case 'str':
      return key.value;
    case 'bool':
      return String(key.value);
    case 'int':
      return numberText(key.value);
    case 'float':
      return float32Text(key.value);
    case 'null':
    case 'time':
    default:
      return undefined;
  }
}

/** Go's FormatFloat(value, 'g', -1, 32): the fewest digits that read back as the nearest float of 32 bits. */
function float32Text(value: number): string {
  const float = Math.fround(value);
  if (Number.isNaN(float)) return '.nan';
  if (!Number.isFinite(float)) return float < 0 ? '-.inf' : '.inf';
  if (float === 0) return Object.is(float, -0) ? '-0' : '0';
  let precision = 1;
  while (Math.fround(Number(float.toPrecision(precision))) !== float) precision++;
  const [mantissa = '', exponent = ''] = float.toExponential(precision - 1).split('e');
  const power = Number(exponent);
  if (power >= -4 && power < PLAIN_DIGITS) return plain(mantissa, power);
  const sign = power < 0 ? '-' : '+';
  return `${mantissa}e${sign}${String(Math.abs(power)).padStart(2, '0')}`;
}

function plain(mantissa: string, power: number): string {
  const sign = mantissa.startsWith('-') ? '-' : '';
  const digits = mantissa.replace(/[-.]/g, '');
  if (power < 0) return `${sign}0.${'0'.repeat(-power - 1)}${digits}`;
  const whole = digits.slice(0, power + 1).padEnd(power + 1, '0');
  const fraction = digits.slice(power + 1);
  return fraction === '' ? sign + whole : `${sign}${whole}.${fraction}`;
}
