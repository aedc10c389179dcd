/** JSON texts that are written in every way that the grammar knows, and what is left of them where nobody sees anything. */
import * as fc from 'fast-check';
import { COMPARED, FULL, KEYS, type ReadTree, SCALAR, TYPE } from '../../src/policy/plan/footprint.ts';
import { keyName, NUMBER_TEXTS } from './projection-arbitraries.ts';

/** A value as it is written: keys of an object may come twice, and numbers be out of range. */
export type Written =
  | { readonly word: string }
  | { readonly string: string }
  | { readonly array: readonly Written[] }
  | { readonly object: readonly (readonly [key: string, value: Written])[] };

const strings = fc.oneof(
  keyName,
  fc.string({ unit: 'binary', maxLength: 20 }).map((string) => string.toWellFormed()),
  fc.string({ unit: 'grapheme-ascii', maxLength: 40 }),
  fc.constantFrom('\ufffd', 'x'.repeat(70), 'bearer eyJhbGciOi', '\u0000\u001f\u007f\u0080'),
);
const words = fc.constantFrom(
  'null',
  'true',
  'false',
  '1e999999',
  '-1e-999999',
  '0e99999999',
  ...NUMBER_TEXTS,
);

export const written: fc.Arbitrary<Written> = fc.letrec<{ value: Written }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    words.map((word) => ({ word })),
    strings.map((string) => ({ string })),
    fc.array(tie('value'), { maxLength: 4 }).map((array) => ({ array })),
    fc
      .array(fc.tuple(fc.oneof({ weight: 9, arbitrary: keyName }, strings), tie('value')), { maxLength: 5 })
      .map((object) => ({ object })),
  ),
})).value;

/** Gives a number below `bound`, of which the writing is made. */
export type Choose = (bound: number) => number;

/** Writes a value with white space and escapes as they are chosen. */
export function textOf(value: Written, choose: Choose): string {
  const space = (): string => (choose(4) === 0 ? [' ', '\n', '\t\r', '    \n'][choose(4)]! : '');
  const within = (parts: readonly string[]): string => parts.join(`${space()},${space()}`);
  if ('word' in value) return space() + value.word + space();
  if ('string' in value) return quoted(value.string, choose) + space();
  if ('array' in value) return `[${space()}${within(value.array.map((element) => textOf(element, choose)))}]`;
  const members = value.object.map(
    ([key, member]) => `${quoted(key, choose)}${space()}:${textOf(member, choose)}`,
  );
  return `${space()}{${space()}${within(members)}}`;
}

const SHORT: Readonly<Record<string, string>> = {
  '\n': 'n',
  '\r': 'r',
  '\t': 't',
  '\b': 'b',
  '\f': 'f',
  '/': '/',
};

function quoted(string: string, choose: Choose): string {
  const escapes = choose(3) === 0;
  let out = '"';
  for (let i = 0; i < string.length; i++) {
    const unit = string[i]!;
    const short = unit === '"' || unit === '\\' ? unit : SHORT[unit];
    const hex = `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
    if (unit === '\ufffd' && choose(2) === 0) out += ['\\ud800', '\\uDFFF', '\\uFFFD'][choose(3)]!;
    else if (short !== undefined && (unit < ' ' || unit === '"' || unit === '\\' || escapes))
      out += choose(2) === 0 ? `\\${short}` : hex;
    // One half of a pair cannot be escaped alone.
    else if (unit < ' ' || (escapes && choose(3) === 0 && !/[\ud800-\udfff]/.test(unit)))
      out += choose(2) === 0 ? hex : `\\u${hex.slice(2).toUpperCase()}`;
    else out += unit;
  }
  return `${out}"`;
}

const STAND_IN: Written = { word: 'null' };

/** The same with what nobody sees left out, so that what is wrong there is gone: the plain reading of what a scan may overlook. */
export function seenOf(tree: ReadTree, value: Written): Written {
  if ((tree.reads & FULL) !== 0 || 'string' in value) return value;
  if ('word' in value) return (tree.reads & (TYPE | COMPARED | SCALAR)) === 0 ? STAND_IN : value;
  const below = (key: string): ReadTree | undefined => joined(tree.children?.get(key), all(tree));
  if ('array' in value) {
    return {
      array: value.array.map((element, i) => {
        const seen = below(String(i));
        return seen === undefined ? STAND_IN : seenOf(seen, element);
      }),
    };
  }
  return {
    object: value.object.flatMap(([key, member]) => {
      const seen = below(key);
      return seen === undefined ? [] : [[key, seenOf(seen, member)] as const];
    }),
  };
}

const KEYS_ONLY: ReadTree = { reads: 0 };

function all(tree: ReadTree): ReadTree | undefined {
  return tree.each ?? ((tree.reads & KEYS) === 0 ? undefined : KEYS_ONLY);
}

function joined(a: ReadTree | undefined, b: ReadTree | undefined): ReadTree | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  const keys = new Set([...(a.children?.keys() ?? []), ...(b.children?.keys() ?? [])]);
  const each = joined(a.each, b.each);
  return {
    reads: a.reads | b.reads,
    children: new Map([...keys].map((key) => [key, joined(a.children?.get(key), b.children?.get(key))!])),
    ...(each !== undefined && { each }),
  };
}
