// needs: opa
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { policySet } from '../../test/support/rego-module.ts';
import { decodeRego, encodeRego, toJson } from './codec.ts';
import { ExactNumber, type RegoValue } from './value.ts';
import { instantiate, type ModuleExports, readText } from './wasm/abi.ts';

const exact = (text: string): ExactNumber => new ExactNumber(text);

/** Rego text as modules write it, and its value. */
const TEXTS: readonly (readonly [string, RegoValue])[] = [
  ['null', null],
  ['true', true],
  ['false', false],
  ['0', 0],
  ['-12.5', -12.5],
  ['1.5e-7', 1.5e-7],
  ['1e+21', exact('1e+21')],
  ['9007199254740991', 9007199254740991],
  ['1152921504606847000', exact('1152921504606847000')],
  ['9007199254740993', exact('9007199254740993')],
  ['1.0', exact('1.0')],
  ['1e3', exact('1e3')],
  ['-0', exact('-0')],
  ['123456789012345678901234567890', exact('123456789012345678901234567890')],
  ['""', ''],
  ['"a\\"b\\\\"', 'a"b\\'],
  ['"\\\\"', '\\'],
  ['"\\u0000\\n\\r\\t\\u001f"', '\0\n\r\t\u001f'],
  ['"ü😀\u2028"', 'ü😀\u2028'],
  ['[]', []],
  ['[1, "x", [true]]', [1, 'x', [true]]],
  ['set()', new Set()],
  ['{1}', new Set([1])],
  ['{1, {"a": 2}}', new Set<RegoValue>([1, new Map([['a', 2]])])],
  ['{}', new Map()],
  [
    '{"a": set(), 1: [2], [3]: {4}, null: 5}',
    new Map<RegoValue, RegoValue>([
      ['a', new Set()],
      [1, [2]],
      [[3], new Set([4])],
      [null, 5],
    ]),
  ],
  ['{"__proto__": 1}', new Map([['__proto__', 1]])],
];

test('Rego text is read', () => {
  for (const [text, value] of TEXTS) assert.deepEqual(decodeRego(text), value, text);
});

test('what is written is read back', () => {
  for (const [, value] of TEXTS) assert.deepEqual(decodeRego(encodeRego(value)), value);
});

test('text that no module writes is refused', () => {
  const broken = [
    '',
    '[1',
    '[1,]',
    '{1, 2',
    '{"a": }',
    '"a',
    '"a\\',
    'nul',
    '01',
    '+1',
    '1.',
    '1 2',
    'set(',
    '{1: 2, 3}',
  ];
  for (const text of broken) assert.throws(() => decodeRego(text), SyntaxError, text);
});

test('numbers that are none are refused', () => {
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, exact('1, 2'), exact(''), exact('0x1')]) {
    assert.throws(() => encodeRego([value]), TypeError);
  }
});

test('a lone surrogate becomes U+FFFD, as in Go', () => {
  assert.equal(encodeRego('a\ud800b'), '"a\ufffdb"');
});

test('JSON shows sets as arrays, odd keys by their text, numbers as written', () => {
  const value = decodeRego('{"s": {1}, [2]: 1.0, "__proto__": 12345678901234567890}');
  const json = JSON.stringify(toJson(value));
  assert.equal(json, '{"s":[1],"[2]":1.0,"__proto__":12345678901234567890}');
});

/** Without values that Rego holds equal though they differ here: each key and set element appears once. */
const rego = fc.letrec<{ value: RegoValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom<RegoValue>(null, true, false),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map(asDecoded),
    fc.maxSafeInteger(),
    fc.bigInt({ min: 2n ** 60n, max: 2n ** 90n }).map((number) => exact(String(number))),
    fc.integer({ min: -999, max: 999 }).map((number) => exact(`${number}.50`)),
    fc.string({ unit: 'binary' }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.uniqueArray(tie('value'), { maxLength: 4, selector: sameInRego }).map((items) => new Set(items)),
    fc
      .uniqueArray(fc.tuple(tie('value'), tie('value')), {
        maxLength: 4,
        selector: ([key]) => sameInRego(key),
      })
      .map((entries) => new Map(entries)),
  ),
})).value;

/** A double as a decoder gives it. */
function asDecoded(number: number): RegoValue {
  if (Number.isInteger(number) && !Number.isSafeInteger(number)) return exact(String(number));
  return Object.is(number, -0) ? 0 : number;
}

/** A text that equal Rego values share: numbers by value, sets and objects in one order. */
function sameInRego(value: RegoValue): string {
  if (value instanceof ExactNumber) return numberText(Number(value.text));
  if (typeof value === 'number') return numberText(value);
  if (Array.isArray(value)) return `[${value.map(sameInRego).join()}]`;
  if (value instanceof Set) return `{${Array.from(value, sameInRego).sort().join()}}`;
  if (value instanceof Map) {
    return `<${Array.from(value, ([key, item]) => `${sameInRego(key)}:${sameInRego(item)}`)
      .sort()
      .join()}>`;
  }
  return JSON.stringify(value);
}

function numberText(number: number): string {
  return String(number);
}

/** As sameInRego, with the numbers as they are written. */
function canonical(value: RegoValue): string {
  if (value instanceof ExactNumber) return value.text;
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (value instanceof Set) return `{${Array.from(value, canonical).sort().join()}}`;
  if (value instanceof Map) {
    return `<${Array.from(value, ([key, item]) => `${canonical(key)}:${canonical(item)}`)
      .sort()
      .join()}>`;
  }
  return JSON.stringify(value);
}

test('nothing is lost on the way there and back', () => {
  fc.assert(
    fc.property(rego, (value) => {
      assert.deepEqual(decodeRego(encodeRego(value)), value);
    }),
    { numRuns: 500 },
  );
});

test('nothing is lost on the way through a real module', async () => {
  const { modules } = await policySet({ rego: 'package t\np := 1', entrypoints: ['t/p'] });
  const memory = new WebAssembly.Memory({ initial: 64 });
  const { exports } = instantiate(modules[0]!.module, memory, {
    abort: (address) => {
      throw new Error(readText(Buffer.from(memory.buffer), address));
    },
    println: () => {},
    callBuiltin: () => 0,
  });
  const { opa_heap_ptr_get, opa_heap_ptr_set, opa_malloc, opa_value_parse, opa_value_dump } =
    exports as unknown as ModuleExports;
  const base = opa_heap_ptr_get();
  fc.assert(
    fc.property(rego, (value) => {
      const text = encodeRego(value);
      opa_heap_ptr_set(base);
      const address = opa_malloc(Buffer.byteLength(text));
      Buffer.from(memory.buffer).write(text, address);
      const parsed = opa_value_parse(address, Buffer.byteLength(text));
      assert.notEqual(parsed, 0, text);
      const dumped = opa_value_dump(parsed);
      assert.equal(canonical(decodeRego(readText(Buffer.from(memory.buffer), dumped))), canonical(value));
    }),
    { numRuns: 500 },
  );
});
