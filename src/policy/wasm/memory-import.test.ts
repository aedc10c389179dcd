import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type MemoryPages, readMemoryImport } from './memory-import.ts';

const HEADER = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
const name = (text: string): number[] => [text.length, ...Buffer.from(text)];
const section = (id: number, ...bytes: number[]): number[] => [id, bytes.length, ...bytes];
const imports = (...entries: number[][]): Uint8Array =>
  Uint8Array.from([...HEADER, ...section(0, ...name('x')), ...section(2, entries.length, ...entries.flat())]);
const memory = (...limits: number[]): number[] => [...name('env'), ...name('memory'), 2, ...limits];

const FUNCTION = [...name('env'), ...name('f'), 0, 0x80, 1];
const TABLE = [...name('env'), ...name('t'), 1, 0x70, 1, 1, 2];
const GLOBAL = [...name('env'), ...name('g'), 3, 0x7f, 0];

const CASES: readonly (readonly [string, Uint8Array, MemoryPages | undefined])[] = [
  ['a minimum', imports(memory(0, 2)), { minimum: 2, maximum: undefined }],
  [
    'a minimum of several bytes',
    imports(memory(0, 0xe5, 0x8e, 0x02)),
    { minimum: 34_661, maximum: undefined },
  ],
  ['a maximum', imports(memory(1, 3, 0x80, 0x80, 0x04)), { minimum: 3, maximum: 65_536 }],
  [
    'behind other imports',
    imports(FUNCTION, TABLE, GLOBAL, memory(0, 7)),
    { minimum: 7, maximum: undefined },
  ],
  ['no memory', imports(FUNCTION), undefined],
  ['no imports', Uint8Array.from(HEADER), undefined],
];

for (const [what, bytes, expected] of CASES) {
  test(`the limits of the memory import: ${what}`, () => assert.deepEqual(readMemoryImport(bytes), expected));
}

test('bytes that end early are refused', () => {
  const whole = imports(memory(1, 3, 0x80, 0x80, 0x04));
  for (let length = HEADER.length + 5; length < whole.length; length++) {
    assert.throws(() => readMemoryImport(whole.subarray(0, length)), RangeError, `${length} bytes`);
  }
});
