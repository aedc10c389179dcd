import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FUEL_EXPORT, meterModule } from './meter-module.ts';

const LOOP = [0x03, 0x40, 0x0c, 0, 0x0b];
const HEADER = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
const NOTHING = [0x60, 0, 0];
const ONE_NUMBER = [0x60, 1, 0x7f, 0];

interface Parts {
  /** Behind the types `()` and `(i32)`. */
  readonly types?: readonly (readonly number[])[];
  readonly tables?: readonly number[];
  readonly locals?: readonly number[];
  readonly code?: readonly number[];
}

/** Valid modules that would run for ever unseen, were they metered by who takes their instructions for others. */
const MODULES: readonly (readonly [string, Parts])[] = [
  // Whoever takes the memory's number for the offset takes the offset for i32.const, and the loop for its number.
  ['an access to a numbered memory', { code: [0x41, 0, 0x28, 0x42, 0, 0x41, ...LOOP, 0x1a] }],
  [
    'a local variable with a type of three bytes',
    { types: Array.from({ length: 4100 }, () => NOTHING), locals: [1, 1, 0x63, 0x80, 0x20], code: LOOP },
  ],
  ['a parameter with a type of two bytes', { types: [[0x60, 1, 0x63, 0x70, 0]], code: LOOP }],
  ['a block with a type of two bytes', { code: [0x02, 0x63, 0x70, ...LOOP, 0x00, 0x0b, 0x1a] }],
  ['a selection with a type of two bytes', { code: [0x00, 0x1c, 1, 0x63, 0x70, ...LOOP, 0x1a] }],
  [
    'a table that no segment fills',
    { tables: [1, 0x40, 0, 0x70, 0, 1, 0xd2, 1, 0x0b], code: [0x41, 0, 0x11, 0, 0] },
  ],
  ['a second table', { tables: [2, 0x70, 0, 0, 0x70, 0, 0] }],
  // One instruction would write it all between two checks.
  ['memory.fill', { code: [0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 11, 0] }],
  ['memory.copy', { code: [0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 10, 0, 0] }],
];

for (const [what, parts] of MODULES) {
  test(`a module with ${what} is refused`, async () => {
    const module = moduleOf(parts);
    await WebAssembly.compile(module);
    assert.throws(() => meterModule(module), RangeError);
  });
}

test('a loop whose one iteration takes long is checked in each', async () => {
  // memory[0]++, and much that does nothing.
  const count = [0x41, 0, 0x41, 0, 0x28, 2, 0, 0x41, 1, 0x6a, 0x36, 2, 0];
  const padding = Array.from({ length: 2000 }, () => 0x01);
  for (const [code, iterations] of [
    [[0x03, 0x40, ...count, 0x0c, 0, 0x0b], 63],
    [[0x03, 0x40, ...count, ...padding, 0x0c, 0, 0x0b], 0],
  ] as const) {
    const memory = new WebAssembly.Memory({ initial: 1 });
    const stop = (): never => {
      throw new Error('no fuel');
    };
    const module = await WebAssembly.compile(meterModule(moduleOf({ code })));
    const { exports } = new WebAssembly.Instance(module, { env: { memory, opa_abort: stop } });
    (exports[FUEL_EXPORT] as WebAssembly.Global).value = 0;
    assert.throws(exports['run'] as () => void, /no fuel/);
    assert.equal(new Uint32Array(memory.buffer)[0], iterations);
  }
});

test('the same module without such parts is metered', async () => {
  await WebAssembly.compile(meterModule(moduleOf({ tables: [1, 0x70, 0, 0], code: LOOP })));
});

/** Imports memory and `opa_abort`, and defines and exports one function. */
function moduleOf({ types = [], tables, locals = [0], code = [] }: Parts): Uint8Array<ArrayBuffer> {
  const body = [...locals, ...code, 0x0b];
  const imports = [2, ...name('env'), ...name('memory'), 2, 0, 1, ...name('env'), ...name('opa_abort'), 0, 1];
  return Uint8Array.from([
    ...HEADER,
    ...section(1, [...u32(types.length + 2), ...NOTHING, ...ONE_NUMBER, ...types.flat()]),
    ...section(2, imports),
    ...section(3, [1, 0]),
    ...(tables === undefined ? [] : section(4, tables)),
    ...section(7, [1, ...name('run'), 0, 1]),
    ...section(10, [1, ...u32(body.length), ...body]),
  ]);
}

function section(id: number, contents: readonly number[]): number[] {
  return [id, ...u32(contents.length), ...contents];
}

function name(text: string): number[] {
  return [text.length, ...Buffer.from(text)];
}

function u32(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...u32(value >>> 7)];
}
