// needs: opa
import { test } from 'node:test';
import * as fc from 'fast-check';
import { textToNumber as number } from '../src/policy/builtins/numbers.ts';
import type { RegoValue } from '../src/policy/value.ts';
import {
  composite,
  generated,
  objectOf,
  oneOf,
  rowOf,
  scalar,
  someNumber,
  text,
} from './support/generated.ts';
import { agree } from './support/opa-eval.ts';

/**
 * The host's text and number builtins against the real OPA, result by result, on tables and on generated operands.
 * A disagreement that was found stays as a row of its table.
 */

test('sprintf', () => {
  const directive = fc
    .tuple(
      fc.string({ unit: oneOf('+,-,#,0, ', ','), maxLength: 2 }),
      oneOf(',,,,[1],[2],[3],[9],[x],[],[0],[', ','),
      oneOf(',,3,8,20,*,1000000000', ','),
      oneOf(',,.,.0,.1,.3,.20,.*,.[1]*', ','),
      oneOf(',,,[1],[2]', ','),
      oneOf('s,d,v,t,f,F,e,E,g,G,x,X,q,c,U,b,o,O,T,w,%,!,é,', ','),
    )
    .map((parts) => `%${parts.join('')}`);
  const format = rowOf(fc.oneof(directive, directive, text), 3);
  const values = fc.array(fc.oneof(someNumber, scalar, composite), { maxLength: 3 });
  return agree('sprintf', [
    ['%+3.0[1]w', [number('321317710310648214906')]],
    ['%s %d %v', ['a']],
    ['%5t|%-5t|%T', [true, false, null]],
    ...generated(fc.tuple(format, values), 8_000),
  ]);
});

test('strings', async () => {
  const word = rowOf(oneOf('a b \u{1f600} é'), 6);
  const words = fc.oneof(
    word,
    fc.array(word, { maxLength: 3 }),
    fc.constantFrom<RegoValue>(1, null, ['a', 1]),
  );
  const ends = number('9223372036854775807');
  await agree('strings.any_prefix_match', generated(fc.tuple(words, words), 2_000));
  await agree('strings.any_suffix_match', generated(fc.tuple(words, words), 2_000));
  await agree('strings.count', generated(fc.tuple(word, word), 2_000));
  await agree('indexof_n', generated(fc.tuple(word, word), 2_000));
  await agree('strings.split_n', [
    ['a,b,c', ',', number('2.0')],
    ['a,b,c', ',', number('2.0000000000000000000')],
    ['a,b,c', ',', number('1e0')],
    ['a,b,c', ',', 1.5],
    ['a,b,c', ',', ends],
    ['a,b,c', ',', number('-9223372036854775808')],
    ['a,b,c', ',', number('9223372036854775808')],
    ...generated(fc.tuple(word, word, fc.integer({ min: -5, max: 5 })), 2_000),
  ]);
});

test('urlquery', async () => {
  // No bytes that are no UTF-8, which OPA keeps.
  const query = rowOf(oneOf('z|Z|%20|%2|%f0%9F%98%80|%C3%A9|%|+|&|=|;|é| ', '|'), 8);
  const ascii = text.filter((candidate) => !/%[89A-Fa-f]/.test(candidate));
  const value = fc.oneof(text, fc.array(text, { maxLength: 3 }), fc.array(scalar, { maxLength: 2 }), scalar);
  await agree('urlquery.encode', generated(fc.tuple(text), 2_000));
  await agree('urlquery.decode', generated(fc.tuple(fc.oneof(query, ascii)), 2_000));
  await agree('urlquery.decode_object', [
    ['a&'.repeat(9_999)],
    ['a&'.repeat(10_000)],
    ...generated(fc.tuple(query), 4_000),
  ]);
  await agree('urlquery.encode_object', generated(fc.tuple(objectOf(value)), 3_000));
});

test('uri', async () => {
  const piece = fc.oneof(
    oneOf('http a 1 : // / ? # @ [ ] ::1 . + ! " < * % %25 %41 %c3%A9 %2f é mailto: https:// pg:// :80'),
    oneOf(' |\u007f|[::1]|[fe80::1%25en0]|[1.2.3.4]|[::ffff:1.2.3.4]|[::1%25a b]|[::1%25%20]', '|'),
  );
  const rows = [
    [''],
    ['*'],
    ['http://[::1%25]/'],
    ['http://[v1.a]/'],
    ['pg://a:1,b:2/'],
    ['http://a:1:2/'],
    ...generated(fc.tuple(rowOf(piece, 7)), 5_000),
  ];
  await agree('uri.parse', rows);
  const bytes = generated(fc.tuple(rowOf(fc.oneof(piece, oneOf('%ff %FF')), 7)), 3_000);
  await agree('uri.is_valid', [...rows, ...bytes]);
});

test('units', async () => {
  const amount = fc.oneof(
    fc.string({ unit: oneOf('0123456789.+-eE', ''), maxLength: 7 }),
    fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e30, max: 1e30 }).map(String),
    oneOf('10 0.5 1e30 1e-30 1e300 1e1000000 1e0000001 1. .5 12345678901234567890 1e-300'),
  );
  const unit = oneOf('|m|M|k|K|Ki|kI|KI|MiB|mb|Mi|mi|G|gIb|T|P|E|e|Ei|EB|b|x| k|"|İ|kİ|\u212a|k\u212a', '|');
  // OPA writes out up to a million digits; Portcullis refuses from some 30,000 on.
  const short = amount.filter((digits) => !/e[-+]?\d{5,6}$/i.test(digits));
  const rows = generated(
    fc.tuple(short, unit).map((parts) => [parts.join('')]),
    5_000,
  );
  await agree('units.parse', rows);
  await agree('units.parse_bytes', rows);
});
