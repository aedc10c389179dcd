import type { RegoValue } from '../../value.ts';
import { type Builtin, BuiltinError } from '../builtin.ts';
import { sortedElements, typeName } from '../compare.ts';
import { checkLength, runeCount } from '../go-flags.ts';
import { intOperand, operandError, stringOperand, typeError } from '../operands.ts';
import { indexOf, separate } from '../run-search.ts';
import { toLower, toUpper } from './letter-case.ts';

/** String builtins of v1/topdown/strings.go. Positions and lengths are in code points. */

function concat(delimiter: RegoValue, collection: RegoValue): string {
  const between = stringOperand(delimiter, 1);
  if (!Array.isArray(collection) && !(collection instanceof Set)) {
    throw typeError(2, collection, 'set', 'array');
  }
  const elements = Array.isArray(collection) ? collection : sortedElements(collection);
  const texts: string[] = [];
  let length = 0;
  for (const element of elements) {
    if (typeof element !== 'string') {
      const composite = typeName(collection);
      const got = `${composite} containing ${typeName(element)}`;
      throw operandError(2, `must be ${composite} of strings but got ${got}`);
    }
    length += between.length + element.length;
    texts.push(element);
  }
  checkLength(length - between.length);
  return texts.join(between);
}

function position(text: string, search: string): number {
  if (search === '') throw new BuiltinError('empty search character');
  const at = indexOf(text, search);
  return at === -1 ? -1 : runeCount(text.slice(0, at));
}

/** A negative length is up to the end. */
function substring(value: RegoValue, offset: RegoValue, length: RegoValue): string {
  const text = stringOperand(value, 1);
  const start = intOperand(offset, 2);
  const count = intOperand(length, 3);
  if (start < 0) throw new BuiltinError('negative offset');
  const from = unitsOf(text, 0, start);
  return count < 0 ? text.slice(from) : text.slice(from, unitsOf(text, from, count));
}

/** The index in UTF-16 units that lies so many code points behind `from`; the text's length where it has no more. */
function unitsOf(text: string, from: number, runes: number): number {
  let at = from;
  for (let left = runes; left > 0 && at < text.length; left--) {
    at += text.codePointAt(at)! > 0xffff ? 2 : 1;
  }
  return at;
}

function split(text: string, delimiter: string): string[] {
  return delimiter === '' ? Array.from(text) : separate(text, delimiter);
}

function textBuiltin(name: string, apply: (text: string) => string): Builtin {
  return { name, effects: [], call: (_context, text) => apply(stringOperand(text, 1)) };
}

function pairBuiltin(name: string, apply: (text: string, other: string) => RegoValue): Builtin {
  return {
    name,
    effects: [],
    call: (_context, text, other) => apply(stringOperand(text, 1), stringOperand(other, 2)),
  };
}

export const nativeStringBuiltins: readonly Builtin[] = [
  { name: 'concat', effects: [], call: (_context, delimiter, list) => concat(delimiter, list) },
  pairBuiltin('indexof', position),
  {
    name: 'substring',
    effects: [],
    call: (_context, text, offset, length) => substring(text, offset, length),
  },
  textBuiltin('lower', toLower),
  textBuiltin('upper', toUpper),
  pairBuiltin('contains', (text, search) => indexOf(text, search) !== -1),
  pairBuiltin('startswith', (text, prefix) => text.startsWith(prefix)),
  pairBuiltin('endswith', (text, suffix) => text.endsWith(suffix)),
  textBuiltin('strings.reverse', (text) => Array.from(text).reverse().join('')),
  pairBuiltin('split', split),
];
