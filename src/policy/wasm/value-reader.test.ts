import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as layout from './value-layout.ts';
import { ValueReader } from './value-reader.ts';

/** Memories that no sound module leaves: the module's own text is asked for then. */

const fixed = { start: 0, end: 0 };
const PLACE = 64;
const ELEMENTS = 128;
const OTHER = 1024;

function memory(
  write: (bytes: Buffer, words: (...values: readonly [at: number, value: number][]) => void) => void,
): Buffer {
  const bytes = Buffer.alloc(1 << 20);
  write(bytes, (...values) => {
    for (const [at, value] of values) bytes.writeUInt32LE(value, at);
  });
  return bytes;
}

const array =
  (length: number): Parameters<typeof memory>[0] =>
  (bytes, words) => {
    bytes[PLACE] = layout.TYPE.array;
    words([PLACE + layout.ARRAY_ELEMENTS, ELEMENTS], [PLACE + layout.ARRAY_LENGTH, length]);
  };

const table =
  (type: number, count: number): Parameters<typeof memory>[0] =>
  (bytes, words) => {
    bytes[PLACE] = type;
    words([PLACE + layout.TABLE_BUCKETS, ELEMENTS], [PLACE + layout.TABLE_BUCKET_COUNT, count]);
    words([PLACE + layout.TABLE_LENGTH, 1], [ELEMENTS, OTHER], [OTHER, OTHER + 32]);
    words([OTHER + layout.MEMBER_VALUE, OTHER + 32]);
    bytes[OTHER + 32] = layout.TYPE.null;
  };

const cases: readonly [what: string, bytes: Buffer][] = [
  ['a type that is none', memory((bytes) => (bytes[PLACE] = 77))],
  ['a number that is kept in no way', memory((bytes) => (bytes[PLACE] = layout.TYPE.number))],
  [
    'a number whose text is none',
    memory((bytes, words) => {
      bytes[PLACE] = layout.TYPE.number;
      bytes[PLACE + layout.NUMBER_KEPT_AS] = layout.NUMBER_AS_TEXT;
      words([PLACE + layout.NUMBER_TEXT, OTHER], [PLACE + layout.NUMBER_TEXT_LENGTH, 2]);
      bytes.write('-x', OTHER);
    }),
  ],
  [
    'a text beyond the memory',
    memory((bytes, words) => {
      bytes[PLACE] = layout.TYPE.text;
      words([PLACE + layout.TEXT_BYTES, (1 << 20) - 4], [PLACE + layout.TEXT_LENGTH, 8]);
    }),
  ],
  [
    'an array that holds itself',
    memory((bytes, words) => {
      array(1)(bytes, words);
      words([ELEMENTS + layout.ELEMENT_VALUE, PLACE]);
    }),
  ],
  ['an array that is longer than the memory', memory(array(0xffff_ffff))],
  [
    'a long text many times',
    memory((bytes, words) => {
      array(200)(bytes, words);
      for (let index = 0; index < 200; index++)
        words([ELEMENTS + index * layout.ELEMENT_BYTES + layout.ELEMENT_VALUE, 8192]);
      bytes[8192] = layout.TYPE.text;
      words([8192 + layout.TEXT_BYTES, 0], [8192 + layout.TEXT_LENGTH, 1 << 19]);
    }),
  ],
  ['an object of more lists than it can have', memory(table(layout.TYPE.object, 0x1000_0000))],
  [
    'an object whose list goes in a circle',
    memory((bytes, words) => {
      table(layout.TYPE.object, 1)(bytes, words);
      words([OTHER + layout.MEMBER_NEXT, OTHER]);
    }),
  ],
  [
    'a set whose list goes in a circle',
    memory((bytes, words) => {
      table(layout.TYPE.set, 1)(bytes, words);
      words([OTHER + layout.SET_NEXT, OTHER]);
    }),
  ],
];

for (const [what, bytes] of cases) {
  test(what, () => assert.equal(new ValueReader().read(bytes, PLACE, fixed), undefined));
}

test('an address beyond the memory', () => {
  assert.equal(new ValueReader().read(Buffer.alloc(16), 4096, fixed), undefined);
});

test('the same place holds another text later', () => {
  const reader = new ValueReader();
  const bytes = memory((written, words) => {
    written[PLACE] = layout.TYPE.text;
    words([PLACE + layout.TEXT_BYTES, OTHER], [PLACE + layout.TEXT_LENGTH, 3]);
  });
  const read = (text: string): unknown => {
    bytes.write(text, OTHER);
    return reader.read(bytes, PLACE, fixed);
  };
  assert.deepEqual([read('abc'), read('abc'), read('abd'), read('abc')], ['abc', 'abc', 'abd', 'abc']);
  bytes.writeUInt32LE(0, PLACE + layout.TEXT_LENGTH);
  assert.equal(reader.read(bytes, PLACE, fixed), '');
});

test('what is fixed is read once', () => {
  const reader = new ValueReader();
  const bytes = memory((written, words) => {
    written[PLACE] = layout.TYPE.internedText;
    words([PLACE + layout.TEXT_BYTES, OTHER], [PLACE + layout.TEXT_LENGTH, 3]);
    written.write('abc', OTHER);
  });
  const everything = { start: PLACE, end: 1 << 20 };
  assert.equal(reader.read(bytes, PLACE, everything), 'abc');
  bytes.write('xyz', OTHER);
  assert.deepEqual([reader.read(bytes, PLACE, everything), reader.read(bytes, PLACE, fixed)], ['abc', 'xyz']);
});

test('a text that is the beginning of the one before, or has its length, is not taken for it', () => {
  const reader = new ValueReader();
  const texts = ['\u00e9a', '\u00e9', 'a', '', '\u00e9a', '\u00e9b', '\u{1f600}x', '\u{1f600}', 'ab', 'a'];
  for (const text of texts) {
    const bytes = memory((buffer, words) => {
      buffer[PLACE] = layout.TYPE.text;
      words([PLACE + layout.TEXT_BYTES, OTHER], [PLACE + layout.TEXT_LENGTH, Buffer.byteLength(text)]);
      buffer.write(`${text}after`, OTHER);
    });
    assert.equal(reader.read(bytes, PLACE, fixed), text);
  }
});
