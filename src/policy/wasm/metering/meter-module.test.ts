// needs: opa
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import fc from 'fast-check';
import { hangingModule } from '../../../../test/support/hanging-module.ts';
import { buildModule, fileOf } from '../../../../test/support/rego-module.ts';
import { BinaryReader } from '../binary-reader.ts';
import { compileModule } from '../compile.ts';
import { analyseCalls } from './call-graph.ts';
import type { Callee, FunctionBody } from './function-body.ts';
import { skipImmediates } from './instructions.ts';
import { FUEL_EXPORT, meterModule, STACK_EXPORT } from './meter-module.ts';

const demo = await fileOf(await readFile('bundles/shop.tar.gz'), 'policy.wasm');
const tiny = await buildModule({ rego: 'package t\np := input', entrypoints: ['t/p'] });

for (const [name, module] of Object.entries({ demo, tiny, hanging: hangingModule() })) {
  test(`the ${name} module, metered, is valid and offers fuel and stack pointer beside all that it did`, async () => {
    const before = await WebAssembly.compile(new Uint8Array(module));
    const after = await WebAssembly.compile(meterModule(module));
    assert.deepEqual(WebAssembly.Module.imports(after), WebAssembly.Module.imports(before));
    assert.deepEqual(WebAssembly.Module.exports(after), [
      ...WebAssembly.Module.exports(before),
      { name: FUEL_EXPORT, kind: 'global' },
      ...(name === 'hanging' ? [] : [{ name: STACK_EXPORT, kind: 'global' }]),
    ]);
  });
}

test('a start function that never returns is ended', async () => {
  let nowMs = 0;
  const clock = { wallMs: () => 0, monotonicMs: () => (nowMs += 10) };
  await assert.rejects(compileModule('evil', hangingModule(), new Set(), clock), {
    code: 'bundle_module_invalid',
    message: /module of bundle "evil": it does not come to rest within 5 seconds/,
  });
});

test('a module that uses the fuel itself is refused, since its original is not valid', async () => {
  // The function sets global 0, which only metering adds: i32.const 127, global.set 0, end.
  const bytes = hangingModule();
  const code = bytes.lastIndexOf(Buffer.from([0x03, 0x40, 0x0c, 0x00, 0x0b, 0x0b]));
  Buffer.from([0x41, 0x00, 0x24, 0x00, 0x01, 0x0b]).copy(bytes, code);
  await WebAssembly.compile(meterModule(bytes));
  await assert.rejects(compileModule('evil', bytes, new Set()), {
    code: 'bundle_module_invalid',
    message: /not a WebAssembly module/,
  });
});

test('bytes that are cut off or changed are metered or refused, and nothing else', () => {
  const bytes = fc.tuple(fc.nat(tiny.length - 1), fc.nat(255), fc.nat(tiny.length));
  fc.assert(
    fc.property(bytes, ([at, byte, length]) => {
      const changed = Buffer.from(tiny);
      changed[at] = byte;
      try {
        meterModule(changed.subarray(0, Math.max(8, length)));
      } catch (thrown) {
        assert.ok(thrown instanceof RangeError, String(thrown));
      }
    }),
    { numRuns: 60 },
  );
});

/** Bytes of one instruction behind its opcode; undefined: refused. */
const INSTRUCTIONS: readonly (readonly [string, readonly number[], number | undefined])[] = [
  ['nop', [0x01], 0],
  ['i32.const of five bytes', [0x41, 0x80, 0x80, 0x80, 0x80, 0x78], 5],
  ['br_table of two labels and a default', [0x0e, 2, 0, 1, 2], 4],
  ['call_indirect', [0x11, 0x83, 0x01, 0], 3],
  ['i64.load8_u', [0x31, 0, 0x80, 0x08], 3],
  ['f64.const', [0x44, 0, 0, 0, 0, 0, 0, 0, 0], 8],
  ['select with a type', [0x1c, 1, 0x7f], 2],
  ['i64.trunc_sat_f64_u', [0xfc, 7], 1],
  ['memory.copy', [0xfc, 10, 0, 0], undefined],
  ['a block with a type by number', [0x02, 0x85, 0x01], 2],
  ['i64.extend32_s', [0xc4], 0],
  ['a reference', [0xd0, 0x70], undefined],
  ['a vector', [0xfd, 0], undefined],
  ['table.grow', [0xfc, 15, 0], undefined],
  ['return_call', [0x12, 0], undefined],
];

for (const [name, [opcode = 0, ...rest], length] of INSTRUCTIONS) {
  test(`the length of ${name}`, () => {
    const reader = new BinaryReader(Uint8Array.from([...rest, 0xff]), 0);
    const skip = (): void => skipImmediates(reader, opcode);
    if (length === undefined) assert.throws(skip, RangeError);
    else {
      skip();
      assert.equal(reader.offset, length);
    }
  });
}

/** Callees outside loops by function, numbered without imports; "table" for a call through the table. */
const GRAPHS: readonly (readonly [string, readonly (readonly (number | 'table')[])[], readonly number[]])[] =
  [
    ['a chain needs none', [[1], [2], []], []],
    ['recursion', [[0]], [0]],
    ['recursion by way of another', [[1], [2], [1]], [1]],
    ['two recursions that share a function', [[1, 2], [0], [0]], [0]],
    ['recursion by way of the table', [['table'], [], []], [0]],
  ];

for (const [name, graph, expected] of GRAPHS) {
  test(`checked entries: ${name}`, () => {
    const { checked } = analyseCalls(graph.map(bodyCalling), 2, [2]);
    assert.deepEqual(
      [...checked.keys()].filter((index) => checked[index]),
      expected,
    );
  });
}

test('calls that fan out without loops are checked before they add up, however long the chain', () => {
  const fanOut = Array.from({ length: 50_000 }, (_, index) => (index < 49_999 ? [index + 1, index + 1] : []));
  const { checked } = analyseCalls(fanOut.map(bodyCalling), 2, []);
  let longest = 0;
  let since = 0;
  for (const one of checked.slice(0, -20)) {
    since = one ? 0 : since + 1;
    longest = Math.max(longest, since);
  }
  assert.ok(longest < 12, `${longest} functions in a row`);
});

function bodyCalling(callees: readonly (number | 'table')[]): FunctionBody {
  const calls = callees.map((callee): { callee: Callee; looped: boolean } => ({
    callee: callee === 'table' ? undefined : callee + 2,
    looped: false,
  }));
  return { start: 0, end: 10, localsStart: 0, localGroups: 0, localCount: 0, codeStart: 0, calls, loops: [] };
}
