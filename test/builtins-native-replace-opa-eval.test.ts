// needs: opa
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { RegoValue } from '../src/policy/value.ts';
import { generated, oneOf, rowOf, scalar } from './support/generated.ts';
import { agree } from './support/opa-eval.ts';

/** Builtins of patterns, encodings and networks that OPA's modules implement themselves, against the real OPA. */

test('replacing', async () => {
  const ascii = rowOf(oneOf('a b ab aa c . -'), 8);
  const wide = rowOf(oneOf('a b ab é \u{1f600} |'), 8);
  const key = rowOf(oneOf('a b ab c'), 3);
  const wideKey = rowOf(oneOf('a b é \u{1f600}'), 3).filter((search) => search !== '');
  const pairs = (search: fc.Arbitrary<string>): fc.Arbitrary<Map<string, string>> =>
    fc
      .dictionary(search, oneOf('X YY a b  é', ' '), { maxKeys: 5 })
      .map((object) => new Map(Object.entries(object)));
  const mixed = fc
    .dictionary(oneOf('a b'), fc.oneof(oneOf('X Y'), scalar), { maxKeys: 2 })
    .map((object) => new Map(Object.entries(object)));
  await agree('replace', [
    ...generated(fc.tuple(ascii, key, oneOf('X YY  a é', ' ')), 1_500),
    ...generated(fc.tuple(wide, wideKey, oneOf('X YY  a é', ' ')), 1_500),
    ...generated(fc.tuple(fc.oneof(ascii, scalar), fc.constant('b'), fc.oneof(ascii, scalar)), 300),
  ]);
  await agree('strings.replace_n', [
    ...generated(fc.tuple(pairs(key), ascii), 3_000),
    ...generated(fc.tuple(pairs(wideKey), wide), 2_000),
    ...generated(fc.tuple(fc.oneof(mixed, scalar), fc.oneof(ascii, scalar)), 300),
  ]);
});

test('globs', async () => {
  const piece = oneOf(
    'a b c . / * ** ? {a,b} {a,*} {,a} {a,} {} {a,b{c,.}} {**,b} [a] [ab] [a-c] [!a] [!a-b] [c-a] [a-c0] [-a] [a-] [--a] [] ' +
      '[!] [!!] [\\]] [\\-a] [\\a-c] [a-\\] \\* \\a \\{ \\ { } , [ ] ! - é [à-ü] [!é] \u{1f600} \n',
  );
  const usual = oneOf('a b . * ** ? {a,b} {a*,.b} [ab] [!a] {*,.} {*b,a**} c');
  const glob = fc.oneof(rowOf(usual, 6), rowOf(piece, 5), scalar);
  const subject = fc.oneof(
    rowOf(oneOf('a b c . ab'), 7),
    rowOf(oneOf('a b c . / é \u{1f600} * { } [ ] , ! - \\ \n'), 5),
  );
  const delimiters = fc.oneof(
    fc.constantFrom<RegoValue[]>(
      null,
      [],
      ['.'],
      ['/'],
      ['.', '/'],
      ['é'],
      ['\u{1f600}'],
      ['a'],
      [','],
      ['ab'],
      [''],
      [1],
    ),
    scalar,
  );
  const usualDelimiters = fc.constantFrom<RegoValue[]>(null, [], ['.'], ['a', 'b']);
  await agree('glob.match', [
    ...generated(fc.tuple(rowOf(usual, 7), usualDelimiters, subject), 12_000),
    ...generated(fc.tuple(glob, fc.oneof(usualDelimiters, delimiters), fc.oneof(subject, scalar)), 8_000),
  ]);
});

test('base64', async () => {
  const digits = rowOf(oneOf('Y Q = == \n \r\n + / - _ AA YWJj 4pyT é'.replaceAll('\\n', '\n'), ' '), 6);
  const plain = fc.oneof(rowOf(oneOf('a b é \u{1f600} \u0000 ~~ ?>'), 6), scalar);
  for (const name of ['base64.encode', 'base64url.encode'])
    await agree(name, generated(fc.tuple(plain), 500));
  await agree('base64.is_valid', generated(fc.tuple(fc.oneof(digits, scalar)), 3_000));
  const asText = fc.tuple(digits).filter(([text]) => !/[^\0-\u007f]/.test(text));
  await agree('base64.decode', generated(asText, 3_000).filter(isTextInside));
  await agree('base64url.decode', generated(asText, 3_000).filter(isTextInside));
});

/** OPA keeps decoded bytes that are no text in a string; here that is an error. */
function isTextInside([value]: readonly unknown[]): boolean {
  const bytes = Buffer.from(String(value).replace(/\s/g, ''), 'base64');
  return Buffer.from(bytes.toString()).equals(bytes);
}

test('networks', async () => {
  const address = oneOf(
    '10.0.0.0 10.0.0.1 10.0.0.128 10.0.1.0 0.0.0.0 255.255.255.255 1.2.3 01.2.3.4 256.0.0.1 :: ::1 2001:db8:: 2001:db8::1 ' +
      '::ffff:10.0.0.0 ::ffff:0:0 ::ffff:ffff:ffff fe80::1%eth0 ::1.2.3.4 1:2:3:4:5:6:7:8 :1 a',
  );
  const size = oneOf('/32 /31 /25 /24 /8 /1 /0 /128 /127 /120 /96 /95 /80 /64 /33 /129 /-1 /a /024 /');
  const cidr = fc.tuple(address, size).map((parts) => parts.join(''));
  const side = fc.oneof({ arbitrary: cidr, weight: 8 }, { arbitrary: fc.oneof(address, scalar), weight: 2 });
  for (const name of ['net.cidr_contains', 'net.cidr_intersects']) {
    await agree(name, generated(fc.tuple(side, side), 4_000));
  }
});
