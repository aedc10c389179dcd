import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { varint } from '../../../../test/support/wire-messages.ts';
import { output } from './output.ts';
import { MODE_NULL, MODE_TYPE, MODE_VALUE } from './program.ts';
import * as memory from './scan-memory.ts';
import { integerAt, writeNumber } from './scan-numbers.ts';

const AT = 100;

/** By their places in `NUMBERS`. */
const KINDS: readonly ((value: bigint) => string)[] = [
  (value) => String(BigInt.asIntN(32, value)),
  (value) => String(BigInt.asUintN(32, value)),
  (value) => String(BigInt.asIntN(64, value)),
  (value) => String(value !== 0n),
];

function written(bytes: readonly number[], kind: number, mode: number): { text: string; isDefault: boolean } {
  memory.source.set(bytes, AT);
  const end = AT + bytes.length;
  const number = integerAt(AT, end, kind);
  const textEnd = writeNumber(number, AT, end, kind, mode, 1);
  return { text: output.toString('latin1', 1, textEnd), isDefault: number === 0 };
}

test('numbers of every kind and size are written with all their digits', () => {
  const near = [-11n, -10n, -9n, -1n, 0n, 1n, 9n, 10n];
  const powers = Array.from({ length: 64 }, (_, i) => [1n << BigInt(i), -(1n << BigInt(i))]).flat();
  const tens = Array.from({ length: 19 }, (_, i) => [10n ** BigInt(i), -(10n ** BigInt(i))]).flat();
  const edges = [...powers, ...tens].flatMap((power) => near.map((step) => BigInt.asIntN(64, power + step)));
  const check = (value: bigint, minLength: number): void => {
    for (const [kind, textOf] of KINDS.entries()) {
      const expected = textOf(value);
      const { text, isDefault } = written(varint(value, minLength), kind, MODE_VALUE);
      assert.equal(text, expected, `${value}`);
      assert.equal(isDefault, expected === '0' || expected === 'false');
    }
  };
  for (const value of edges) check(value, 1);
  fc.assert(
    fc.property(
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      fc.integer({ min: 1, max: 10 }),
      check,
    ),
    {
      numRuns: 2000,
    },
  );
});

test('what is not seen of a number is not written', () => {
  for (const kind of KINDS.keys()) {
    assert.equal(written([7], kind, MODE_NULL).text, 'null');
    assert.equal(written([7], kind, MODE_TYPE).text, kind === 3 ? 'true' : '0');
  }
});
