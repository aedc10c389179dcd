import { TemplateError, TemplateUnsupported } from './go-template-error.ts';
import type { GoValue } from './go-value.ts';

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
};

const ESCAPE = /\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{3}|[^])/gu;

/** The text of a Go string literal, quoted or raw. */
export function unquote(literal: string): string {
  const inner = literal.slice(1, -1);
  return literal.startsWith('`') ? inner.replaceAll('\r', '') : unescape(inner, '"');
}

/** The code point of a Go character literal, which is an int in templates. */
export function characterLiteral(literal: string): GoValue {
  const character = unescape(literal.slice(1, -1), "'");
  if (Array.from(character).length !== 1) throw new TemplateError(`malformed character constant: ${literal}`);
  return { kind: 'int', type: 'int', value: BigInt(character.codePointAt(0)!) };
}

function unescape(text: string, quote: string): string {
  return text.replace(ESCAPE, (_, escape: string) => {
    if (escape === quote) return quote;
    const simple = ESCAPES[escape];
    if (simple !== undefined) return simple;
    if (escape.length === 1) throw new TemplateError(`invalid escape \\${escape}`);
    const octal = /^[0-7]/.test(escape);
    const code = Number.parseInt(octal ? escape : escape.slice(1), octal ? 8 : 16);
    const isByte = octal || escape.startsWith('x');
    if (isByte ? code > 255 : code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
      throw new TemplateError(`invalid escape \\${escape}`);
    }
    if (isByte && code > 127) throw new TemplateUnsupported(`the byte \\${escape} in a string`);
    return String.fromCodePoint(code);
  });
}

/** An int, or a float64 when it has a point or an exponent. */
export function numberLiteral(text: string): GoValue {
  if (/[_pP]/.test(text)) throw new TemplateUnsupported(`the number ${text}`);
  if (/^[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?$/.test(text) && /[.eE]/.test(text)) {
    const value = Number(text);
    if (!Number.isFinite(value)) throw new TemplateError(`illegal number syntax: ${text}`);
    return { kind: 'float', value };
  }
  const parts = /^([-+]?)(0[xX][0-9a-fA-F]+|0[oO]?[0-7]+|0[bB][01]+|0|[1-9][0-9]*)$/.exec(text);
  if (parts === null) throw new TemplateError(`illegal number syntax: ${text}`);
  const magnitude = BigInt(parts[2]!.replace(/^0[oO]?(?=[0-7])/, '0o'));
  const value = parts[1] === '-' ? -magnitude : magnitude;
  if (BigInt.asIntN(64, value) !== value) throw new TemplateError(`${text} overflows int`);
  return { kind: 'int', type: 'int', value };
}
