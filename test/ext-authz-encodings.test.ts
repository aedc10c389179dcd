import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FULL, SCALAR } from '../src/policy/plan/footprint.ts';
import { compileProjector, WHOLE_PROJECTOR } from '../src/policy/projection/projector.ts';
import { CheckView } from '../src/services/ext-authz/check-view.ts';
import { compareReadings } from './support/check-comparison.ts';
import { randomOf } from './support/check-mutations.ts';
import { tree } from './support/hand-made-footprint.ts';
import { delimited } from './support/wire-messages.ts';

/* Encodings of CheckRequests, written out byte by byte, that scan and decoder must read alike: see ext-authz-scan.test.ts. */

const OPTIONS = { limits: { maxBytes: 65_536, maxDepth: 32 }, parseBody: true, grpc: undefined };

const text = (number: number, value: string | Iterable<number>): readonly number[] =>
  delimited(number, typeof value === 'string' ? Buffer.from(value) : value);
const entry = (name: string, value: string): readonly number[] =>
  text(3, [...text(1, name), ...text(2, value)]);
const http = (...fields: readonly (readonly number[])[]): Uint8Array =>
  Uint8Array.from(text(1, text(4, text(2, fields.flat()))));

/** A Struct that holds one in another, so many in all. */
const struct = (depth: number): readonly number[] =>
  text(1, [...text(1, 'k'), ...text(2, depth === 1 ? [0x20, 1] : text(5, struct(depth - 1)))]);
/** An entry of `filter_metadata`. */
const metadata = (entryOfStructs: readonly number[]): Uint8Array =>
  Uint8Array.from(text(1, text(11, text(1, entryOfStructs))));

test('encodings that one might read in two ways', () => {
  const overlong = [0x8a, 0x00];
  const rows: Readonly<Record<string, Uint8Array>> = {
    'a method twice': http(text(2, 'GET'), text(2, 'POST')),
    'a method, then an empty one': http(text(2, 'GET'), text(2, '')),
    'a header twice': http(entry('x-role', 'admin'), entry('x-role', 'guest')),
    'a header without a name': http(text(3, text(2, 'admin'))),
    'a header without a value': http(entry('x-role', 'admin'), text(3, text(1, 'x-role'))),
    'a header with two names': http(text(3, [...text(1, 'a'), ...text(1, 'x-role'), ...text(2, 'admin')])),
    'value before name': http(text(3, [...text(2, 'admin'), ...text(1, 'x-role')])),
    'an overlong tag': http(text(2, 'GET'), [...overlong, 0x01, 0x61]),
    'a length of 33 bits, of which 32 say 1': http([0x12, 0x81, 0x80, 0x80, 0x80, 0x10, 0x47]),
    'the same of a name': http(text(3, [0x0a, 0x81, 0x80, 0x80, 0x80, 0x10, 0x61])),
    'the same of an unknown field': http([0x82, 0x01, 0x81, 0x80, 0x80, 0x80, 0x10, 0x61]),
    'the same of a message': Uint8Array.from([0x0a, 0x82, 0x80, 0x80, 0x80, 0x10, 0x22, 0x00]),
    'unknown fields that are cut off': http(text(2, 'GET'), [0x81, 0x01, 1, 2, 3]),
    'the same of 32 bits': http(text(2, 'GET'), [0x85, 0x01, 1, 2, 3]),
    'the same in a message before others': Uint8Array.from(
      text(1, [
        ...text(1, [0x81, 0x01, 1, 2]),
        ...text(4, text(2, [...text(2, 'GET'), ...text(4, '/abcdef')])),
      ]),
    ),
    'a Struct in two pieces': metadata([...text(1, 'a'), ...text(2, struct(1)), ...text(2, struct(2))]),
    'an overlong length': http([0x12, 0x83, 0x80, 0x00, 0x47, 0x45, 0x54]),
    'headers in both forms': http(
      entry('x-role', 'a'),
      text(13, text(1, [...text(1, 'x-role'), ...text(3, 'b')])),
    ),
    'headers in the other form': http(text(13, text(1, [...text(1, 'x-role'), ...text(3, [0x62, 0xff])]))),
    'an empty list of raw headers': http(text(13, [])),
    'a header that is not UTF-8': http(entry('x-role', 'a'), text(3, [...text(1, 'x'), ...text(2, [0x80])])),
    'a path with a surrogate': http(text(4, [0x2f, 0xed, 0xa0, 0x80])),
    'a body after a body': http(text(11, 'long'.repeat(9000)), text(11, ''), text(12, 'x')),
    'a long body between headers': http(
      entry('a', '1'),
      text(11, 'b'.repeat(40_000)),
      entry('x-role', 'admin'),
    ),
    'a long body of bytes, a path behind': http(text(12, 'b'.repeat(50_000)), text(4, '/a/b?c=d')),
    'a long header': http(entry('cookie', 'c'.repeat(9000)), entry('x-role', 'admin'), text(2, 'GET')),
    'a long name': http(entry('n'.repeat(5000), 'v'), entry('x-role', 'admin')),
    'a long header that is not ASCII': http(entry('cookie', '\u00e9'.repeat(5000)), entry('x-role', 'admin')),
    'a long header that is not UTF-8': http(text(3, [...text(1, 'c'), ...text(2, Buffer.alloc(5000, 0xe9))])),
    'many headers': http(...Array.from({ length: 255 }, (_, i) => entry(`h${i % 90}`, `${i}`))),
    'names that begin alike': http(
      ...['x-role-a', 'x-role', 'x-rol', 'x-role\u0000', 'x-role-ab', 'x-rol\u0000'].map((name, i) =>
        entry(name, `${i}`),
      ),
    ),
    'a long name that a policy reads': http(entry('a'.repeat(3000), '1'), entry('n'.repeat(3000), '2')),
    'a long name that one reads, not at its end': http(entry(`${'n'.repeat(2999)}m`, '1'), text(2, 'GET')),
    'too many headers': http(...Array.from({ length: 300 }, (_, i) => entry(`h${i}`, `${i}`))),
    'requests in three pieces': Uint8Array.from([
      ...http(text(2, 'GET')),
      ...http(entry('a', '1')),
      ...http(entry('a', '2'), text(2, 'POST')),
    ]),
    nothing: new Uint8Array(0),
    'an address of two kinds': Uint8Array.from(
      text(1, text(1, text(1, [...text(1, text(2, 'a')), ...text(2, text(1, '/x'))]))),
    ),
    'a name of a port that is empty': Uint8Array.from(
      text(1, text(1, text(1, text(1, [...text(2, '10.0.0.1'), ...text(4, '')])))),
    ),
    'a port, then a name of one': Uint8Array.from(
      text(1, text(1, text(1, text(1, [0x18, 0x50, ...text(4, '')])))),
    ),
    'a port of more than 32 bits': Uint8Array.from(
      text(1, text(1, text(1, text(1, [0x18, 0x80, 0x80, 0x80, 0x80, 0x10])))),
    ),
    'nanoseconds of 33 bits': Uint8Array.from(
      text(1, text(4, text(1, [0x10, 0x85, 0x80, 0x80, 0x80, 0x10]))),
    ),
    'nanoseconds of 32 bits, which are negative': Uint8Array.from(
      text(1, text(4, text(1, [0x10, 0xfe, 0xff, 0xff, 0xff, 0x0f]))),
    ),
    'a truth value of 36 bits': Uint8Array.from(
      text(1, text(1, text(1, text(1, [0x30, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01])))),
    ),
    'a size of 64 bits': http([0x48, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]),
    'a size of 65 bits': http([0x48, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02]),
  };
  const projectors = [
    WHOLE_PROJECTOR,
    compileProjector(
      tree({
        'attributes.request.http.method': SCALAR,
        'attributes.request.http.headers.x-role': SCALAR,
        'attributes.request.http.size': SCALAR,
        'attributes.source.address': FULL,
        parsed_path: FULL,
        parsed_body: FULL,
      }),
    ),
    compileProjector(tree({ 'attributes.request.http.headers': FULL })),
    compileProjector(tree({ [`attributes.request.http.headers.${'n'.repeat(3000)}`]: SCALAR })),
  ];
  for (const [name, message] of Object.entries(rows)) {
    try {
      compareReadings(message, projectors, OPTIONS);
    } catch (cause) {
      throw new Error(name, { cause });
    }
  }
});

test('each character at each place of a path', () => {
  const projectors = [compileProjector(tree({ path: FULL, parsed_path: FULL, parsed_query: FULL }))];
  for (let code = 0; code < 0xa0; code++) {
    const character = String.fromCharCode(code);
    for (const around of ['/a_b', '/_a', '/a_', '_/a', '/a/_/b', '/_', '_', '/a?_', '/a/?a_=_b', '/a_?']) {
      compareReadings(http(text(4, around.replaceAll('_', character))), projectors, OPTIONS);
    }
  }
});

test('texts that lie across the pieces in which a message is brought into memory', () => {
  const random = randomOf(11);
  const projectors = [WHOLE_PROJECTOR];
  for (let run = 0; run < 150; run++) {
    const letter = String.fromCharCode(0x61 + (run % 26));
    const sizes = Array.from({ length: 8 }, () => [30, 500, 1500, 2047, 2048, 2049, 5000][random(7)]!);
    const fields = sizes.map((size, i) => entry(`h${i}`, letter.repeat(size + random(3) - 1)));
    const message = http(entry('pad', letter.repeat(random(4096))), ...fields, text(2, 'GET'), text(4, '/a'));
    compareReadings(message, projectors, OPTIONS);
    const other = Uint8Array.from(message);
    for (let count = 1 + random(3); count > 0; count--) other[random(other.length)]! |= 0x80;
    compareReadings(other, projectors, OPTIONS);
    const accented = http(
      entry('a', '\u00e9'.repeat(random(300))),
      ...fields,
      entry('b', '\u00e9'),
      text(4, '/a'),
    );
    compareReadings(accented, projectors, OPTIONS);
  }
});

test('Structs that nest as deep as the limit, and deeper', () => {
  for (let maxDepth = 6; maxDepth < 14; maxDepth++) {
    const options = { ...OPTIONS, limits: { maxBytes: 65_536, maxDepth } };
    for (let depth = 1; depth < 12; depth++) {
      compareReadings(metadata([...text(1, 'a'), ...text(2, struct(depth))]), [WHOLE_PROJECTOR], options);
    }
  }
});

test('a message of as many bytes as the limit, and of one more', () => {
  const message = http(text(4, '/a'));
  for (const maxBytes of [message.length - 1, message.length]) {
    const options = { ...OPTIONS, limits: { maxBytes, maxDepth: 32 } };
    const expected = maxBytes < message.length ? 'refused' : 'scanned';
    assert.equal(compareReadings(message, [WHOLE_PROJECTOR], options), expected);
  }
});

test('a view reads its own message after a scan of another that was given up', () => {
  const projector = compileProjector(tree({ 'attributes.request.http.headers': FULL }));
  const view = new CheckView(http(entry('x-role', 'guest'), text(4, '/a')), OPTIONS);
  const { key } = view.project(projector);
  const others = {
    refused: http(entry('x-role', 'admin'), text(4, '/b'), [0x0c]),
    decoded: http(entry('x-role', 'admin'), text(4, '/b'), [0x8a, 0x00, 0x01, 0x61]),
  };
  for (const [name, message] of Object.entries(others)) {
    view.project(projector);
    try {
      assert.equal(new CheckView(message, OPTIONS).isScanned, false, name);
    } catch (thrown) {
      assert.equal(name, 'refused', String(thrown));
    }
    assert.equal(view.project(projector).key, key, name);
    assert.equal(String(view.project(projector).json).includes('guest'), true, name);
  }
});

test('names that are too long to be in memory are brought there by whoever looks at them first', () => {
  const [long, other] = ['n', 'm'].map((letter) => letter.repeat(6000)) as [string, string];
  const projector = compileProjector(tree({ [`attributes.request.http.headers.${long}`]: SCALAR }));
  const seen = (name: string): boolean => {
    const view = new CheckView(http(entry(name, 'value')), OPTIONS);
    return String(view.project(projector).json).includes('value');
  };
  assert.deepEqual([seen(other), seen(long), seen(other)], [false, true, false]);
  const underscored = (name: string): boolean =>
    new CheckView(http(entry(name, 'value')), OPTIONS).hasUnderscoredHeader;
  assert.deepEqual([`${long}-`, `${long}_`, `${other}-`].map(underscored), [false, true, false]);
});
