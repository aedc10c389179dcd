import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import { HpackDecoder } from './decoder.ts';
import type { HeaderBlock } from './header-block.ts';
import { HpackError } from './hpack-error.ts';

const OPTIONS = { maxTableBytes: 4096, maxListBytes: 16_384 };

function decode(decoder: HpackDecoder, hex: string): HeaderBlock {
  const bytes = Buffer.from(hex.replaceAll(' ', ''), 'hex');
  return decoder.decode(bytes, 0, bytes.length);
}

const fields = ({ names, values }: HeaderBlock): string[] => names.map((name, i) => `${name}: ${values[i]}`);

// `40 01 61 01 62` inserts a: b; `3f e1 1f` sets the table's size to 4096.
const REFUSED: Readonly<Record<string, readonly [hex: string, why: RegExp]>> = {
  'index 0': ['80', /no table entry 0/],
  'index beyond the static table': ['be', /no table entry 62/],
  'index beyond the dynamic table': ['40 01 61 01 62 bf', /no table entry 63/],
  'index of 2^28': ['ff ff ff ff 7f', /no table entry/],
  'name index beyond the tables': ['7e 01 62', /no table entry 62/],
  'name index beyond the tables, not inserted': ['0f 2f 01 62', /no table entry 62/],
  'integer of five more bytes': ['ff 80 80 80 80 01', /integer is too long/],
  'integer that never ends': ['ff ff ff ff ff ff ff ff ff ff', /integer is too long/],
  'integer of zeros that never ends': ['00 7f 80 80 80 80 80 80 00', /integer is too long/],
  'integer that is cut off': ['ff', /cut off/],
  'integer that is cut off later': ['ff 80', /cut off/],
  'name that is missing': ['40', /cut off/],
  'name that is cut off': ['40 05 61', /cut off/],
  'value that is missing': ['40 01 61', /cut off/],
  'value that is cut off': ['40 01 61 02 62', /cut off/],
  'value of an indexed name that is missing': ['44', /cut off/],
  'Huffman value that is cut off': ['44 8c f1 e3', /cut off/],
  'length of 2^28': ['40 7f ff ff ff 7f', /cut off/],
  EOS: ['44 84 ff ff ff ff', /EOS/],
  'padding of eight bits': ['44 82 07 ff', /padding/],
  'padding of zeros': ['44 81 00', /padding/],
  'size update above the setting': ['3f e2 1f', /above the setting/],
  'size update of 2^28': ['3f ff ff ff 7f', /above the setting/],
  'size update after a field': ['82 20', /after a field/],
  'size update after an inserted field': ['40 01 61 01 62 3f e1 1f', /after a field/],
  'three size updates': ['20 3f e1 1f 20 82', /more than two/],
};

for (const [name, [hex, why]] of Object.entries(REFUSED)) {
  test(`refused: ${name}`, () => {
    assert.throws(
      () => decode(new HpackDecoder(OPTIONS), hex),
      (error) => error instanceof HpackError && why.test(error.message),
    );
  });
}

test('every beginning of a block is the fields so far, or cut off', () => {
  const block = '828684418cf1e3c2e5f23a6ba0ab90f4ff400a637573746f6d2d6b65790c637573746f6d2d76616c7565';
  const whole = fields(decode(new HpackDecoder(OPTIONS), block));
  for (let length = 0; length < block.length; length += 2) {
    try {
      const part = fields(decode(new HpackDecoder(OPTIONS), block.slice(0, length)));
      assert.deepEqual(part, whole.slice(0, part.length));
    } catch (error) {
      assert.ok(error instanceof HpackError);
    }
  }
});

test('bytes outside of the block are not read', () => {
  const bytes = Buffer.from('ff8286ff', 'hex');
  assert.deepEqual(fields(new HpackDecoder(OPTIONS).decode(bytes, 1, 3)), [':method: GET', ':scheme: http']);
  const cut = Buffer.from('440561626364650a', 'hex');
  assert.throws(() => new HpackDecoder(OPTIONS).decode(cut, 0, 6), HpackError);
});

test('the longest integers that are taken', () => {
  const decoder = new HpackDecoder(OPTIONS);
  assert.deepEqual(fields(decode(decoder, '3f 80 80 80 00 40 01 61 01 62')), ['a: b']);
  assert.throws(() => decode(decoder, 'be bf'), HpackError);
});

test('an entry whose name is evicted by it keeps the name', () => {
  const decoder = new HpackDecoder({ maxTableBytes: 40, maxListBytes: 16_384 });
  decode(decoder, '40 03 61 62 63 01 31');
  assert.deepEqual(fields(decode(decoder, '7e 02 32 33 be')), ['abc: 23', 'abc: 23']);
});

test('an entry larger than the table empties it', () => {
  const decoder = new HpackDecoder({ maxTableBytes: 40, maxListBytes: 16_384 });
  decode(decoder, '40 01 61 01 62');
  assert.deepEqual(fields(decode(decoder, '40 04 61 62 63 64 05 31 32 33 34 35')), ['abcd: 12345']);
  assert.throws(() => decode(decoder, 'be'), /no table entry 62/);
});

test('a table of many entries, twice over', () => {
  const decoder = new HpackDecoder(OPTIONS);
  for (let i = 0; i < 300; i++)
    decode(decoder, `40 01 61 03 ${Buffer.from(String(1000 + i).slice(1)).toString('hex')}`);
  // 36 bytes each: 113 of them.
  assert.deepEqual(fields(decode(decoder, 'be ff 2f')), ['a: 299', 'a: 187']);
  assert.deepEqual(fields(decode(decoder, 'ff 2f ff 2e')), ['a: 187', 'a: 188']);
  assert.throws(() => decode(decoder, 'ff 30'), HpackError);
});

test('a reduced setting is owed an update, first and small enough', () => {
  const reduced = (): HpackDecoder => {
    const decoder = new HpackDecoder(OPTIONS);
    decode(decoder, '40 01 61 01 62');
    decode(decoder, 'be');
    decoder.setMaxTableBytes(100);
    return decoder;
  };
  assert.throws(() => decode(reduced(), 'be'), /no table size update/);
  assert.throws(() => decode(reduced(), ''), /no table size update/);
  assert.throws(() => decode(reduced(), '3f 46 be'), /above the setting/);
  const decoder = reduced();
  assert.deepEqual(fields(decode(decoder, '3f 45 be')), ['a: b']);
  assert.deepEqual(fields(decode(decoder, 'be')), ['a: b']);
  const emptied = reduced();
  assert.throws(() => decode(emptied, '20 be'), /no table entry/);
});

test('a setting that was reduced and raised again owes the smallest size first', () => {
  const changed = (): HpackDecoder => {
    const decoder = new HpackDecoder(OPTIONS);
    decoder.setMaxTableBytes(0);
    decoder.setMaxTableBytes(4096);
    return decoder;
  };
  assert.throws(() => decode(changed(), '82'), /no table size update/);
  assert.throws(() => decode(changed(), '3f e1 1f 82'), /above the reduced setting/);
  assert.deepEqual(fields(decode(changed(), '20 3f e1 1f 82')), [':method: GET']);
});

test('a raised setting owes nothing and allows more', () => {
  const decoder = new HpackDecoder(OPTIONS);
  decoder.setMaxTableBytes(8192);
  assert.deepEqual(fields(decode(decoder, '82')), [':method: GET']);
  assert.deepEqual(fields(decode(decoder, '3f e1 3f 82')), [':method: GET']);
});

test('an encoder that uses less than a reduced setting owes nothing', () => {
  const decoder = new HpackDecoder(OPTIONS);
  decode(decoder, '20 82');
  decoder.setMaxTableBytes(100);
  assert.deepEqual(fields(decode(decoder, '82')), [':method: GET']);
});

test('a list beyond the limit is counted and decoded for the table, and not kept', () => {
  const decoder = new HpackDecoder({ maxTableBytes: 4096, maxListBytes: 100 });
  // 42, 84 and 118 bytes.
  const list = decode(decoder, '82 82 40 01 61 01 62');
  assert.deepEqual([list.oversized, list.sizeBytes, fields(list)], [true, 118, []]);
  assert.notEqual(decode(decoder, '82 82 be'), decode(decoder, '82 82 be'));
  const exact = decode(decoder, '82 82');
  assert.deepEqual([exact.oversized, exact.sizeBytes, exact.names.length], [false, 84, 2]);
  assert.deepEqual(fields(decode(decoder, 'be')), ['a: b']);
  assert.throws(() => decode(decoder, '82 82 82 82 80'), HpackError);
});

test('a bomb of references holds nothing', () => {
  const decoder = new HpackDecoder(OPTIONS);
  const value = '61'.repeat(4000);
  decode(decoder, `40 01 62 7f a1 1e ${value}`);
  const bomb = Buffer.alloc(1024 * 1024, 0xbe);
  const { oversized, sizeBytes, names, values } = decoder.decode(bomb, 0, bomb.length);
  assert.deepEqual([oversized, names.length, values.length], [true, 0, 0]);
  assert.equal(sizeBytes, 4033 * bomb.length);
});

test('what may be no field is asked once for each literal, and remembered', () => {
  const asked: string[] = [];
  const decoder = new HpackDecoder({
    ...OPTIONS,
    isField: (name, value) => {
      asked.push(`${name}: ${value}`);
      return value !== 'bad' && name !== 'transfer-encoding';
    },
  });
  const BAD = '40 01 61 03 62 61 64';
  // a: bad and b: ok are inserted; c: bad and c: ok are not.
  const rows: readonly (readonly [hex: string, malformed: boolean])[] = [
    [BAD, true],
    ['40 01 62 02 6f 6b', false],
    ['82 be', false],
    ['82 be bf', true],
    ['82 be', false],
    ['00 01 63 03 62 61 64', true],
    ['00 01 63 02 6f 6b', false],
    ['b9', true],
    ['90', false],
  ];
  for (const [hex, malformed] of rows) assert.equal(decode(decoder, hex).malformed, malformed, hex);
  assert.deepEqual(asked, [
    'a: bad',
    'b: ok',
    'c: bad',
    'c: ok',
    'transfer-encoding: ',
    'accept-encoding: gzip, deflate',
  ]);
  // Entries keep it while the table grows around them.
  for (let i = 0; i < 40; i++) decode(decoder, '40 01 62 02 6f 6b');
  assert.deepEqual([decode(decoder, 'e7').malformed, decode(decoder, 'e6').malformed], [true, false]);
});
