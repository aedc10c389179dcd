import assert from 'node:assert/strict';
import { test } from 'node:test';
import { outcomeOf } from '../../../../test/support/builtin-context.ts';
import { ExactNumber, type RegoValue } from '../../value.ts';
import { regoText } from '../rego-text.ts';
import { NATIVE_BUILTINS } from './registry.ts';

const exact = (text: string): ExactNumber => new ExactNumber(text);
const long = exact('9'.repeat(30_000));
const million = exact('9'.repeat(1_000_000));

/** A document as deep as it has arrays, with many values at its bottom. */
function deep(depth: number, leaves: number): RegoValue {
  let document: RegoValue = Array.from({ length: leaves }, (_, i) => i);
  for (let i = 0; i < depth; i++) document = [document];
  return document;
}

/** Each level holds the one below twice, in the same object. */
function doubled(levels: number): RegoValue {
  let document: RegoValue = [1];
  for (let i = 0; i < levels; i++) document = [document, document];
  return document;
}

test('what could be made expensive is refused', { timeout: 60_000 }, () => {
  const table: readonly (readonly [name: string, args: RegoValue[], error: RegExp])[] = [
    ['numbers.range', [1, 1_000_000_000], /^more than 1000000 numbers in range$/],
    ['plus', [exact('1e999999999'), 1], /^number too big$/],
    ['plus', [million, 1], /^number too big$/],
    ['minus', [exact('1e-999999999'), 0.5], /^number too big$/],
    ['mul', [long, long], /^number too big$/],
    ['div', [exact('1.5e30000'), exact('1e-30000')], /^number too big$/],
    ['round', [exact('1.5e99999999')], /^number too big$/],
    ['product', [Array.from({ length: 1_000 }, () => long)], /^number too big$/],
    ['product', [Array.from({ length: 1_000 }, () => exact('1.5e3000'))], /^number too big$/],
    ['sum', [[exact('1e999999999')]], /^number too big$/],
    ['bits.lsh', [1, 1_000_000_000], /^number too big$/],
    ['bits.and', [exact('1e999999999'), 1], /^operand 1 must be integer/],
    ['format_int', [exact('1e999999999'), 10], /^number too big$/],
    ['to_number', ['1e-999999999'], /^invalid number: number too big$/],
    ['to_number', ['0x1p-999999999'], /^number too big$/],
    ['json.unmarshal', ['[1e999999999]'], /^invalid number: number too big$/],
    ['json.unmarshal', ['['.repeat(1_001) + ']'.repeat(1_001)], /^invalid JSON: nested more than 1000/],
    ['json.marshal', [doubled(40)], /^the value is too large for JSON text$/],
    ['walk', [doubled(40)], /^the document has too many paths$/],
    ['walk', [deep(900, 10_000)], /^the document has too many paths$/],
  ];
  for (const [name, args, error] of table) {
    const outcome = outcomeOf(name, args) as { error: string; halt: boolean };
    assert.match(outcome.error, error, name);
    assert.equal(outcome.halt, false, name);
  }
});

test('what is long and cheap is computed', { timeout: 60_000 }, () => {
  assert.deepEqual(outcomeOf('rem', [long, 7]), Number(BigInt(long.text) % 7n));
  assert.equal(outcomeOf('bits.rsh', [long, exact('1e20')]), 0);
  assert.equal(outcomeOf('bits.lsh', [0, 1_000_000_000]), 0);
  assert.equal(outcomeOf('json.is_valid', ['['.repeat(1_000_000)]), false);
  assert.equal((outcomeOf('walk', [deep(900, 1_000)]) as RegoValue[]).length, 1_901);
  const path = 'a/'.repeat(500_000);
  assert.equal(regoText(outcomeOf('json.remove', [new Map([['a', 1]]), [path]]) as RegoValue), '{"a": 1}');
  const ring = new Map<RegoValue, RegoValue>(
    Array.from({ length: 50_000 }, (_, i) => [`${i}`, [`${(i + 1) % 50_000}`, '0']]),
  );
  assert.equal((outcomeOf('graph.reachable', [ring, ['0']]) as Set<RegoValue>).size, 50_000);
});

test('messages are those of OPA', () => {
  const table: readonly (readonly [name: string, args: RegoValue[], error: string])[] = [
    ['plus', ['1', 1], 'operand 1 must be number but got string'],
    ['minus', ['1', 1], 'operand 1 must be one of {number, set} but got string'],
    ['minus', [new Set(), 1], 'operand 2 must be set but got number'],
    ['minus', [1, new Set()], 'operand 2 must be number but got set'],
    ['div', [1, 0], 'divide by zero'],
    ['rem', [1, 0], 'modulo by zero'],
    ['rem', [1.5, 1], 'modulo on floating-point number'],
    ['sum', [[1, 'a']], 'operand 1 must be array of numbers but got array containing string'],
    ['sum', [new Set(['a'])], 'operand 1 must be set of numbers but got set containing string'],
    ['count', [1], 'operand 1 must be one of {array, object, set, string} but got number'],
    ['format_int', [1, 3], 'operand 2 must be one of {2, 8, 10, 16}'],
    ['bits.lsh', [1, -1], 'operand 2 must be an unsigned integer number but got a negative integer'],
    ['object.union_n', [[1]], 'operand 1 must be array of objects but got array containing number'],
    ['json.filter', [new Map(), 1], 'operand 2 must be one of {set, array} but got number'],
  ];
  for (const [name, args, error] of table) assert.deepEqual(outcomeOf(name, args), { error, halt: false });
});

test('a template string has one value', () => {
  const call = (parts: RegoValue[]): unknown => outcomeOf('internal.template_string', [parts]);
  assert.equal(call(['a ', new Set([[1]]), new Set(), ' b']), 'a [1]<undefined> b');
  assert.deepEqual(call([new Set([1, 2])]), {
    error: 'template-strings must not produce multiple outputs',
    halt: true,
  });
  assert.deepEqual(call([[1]]), { error: 'illegal argument type: array', halt: true });
});

test('results hold no two equal values', () => {
  const one: RegoValue[] = [1, exact('1.0'), [exact('1.0')]];
  const sets = new Set<RegoValue>(one.map((value) => new Set<RegoValue>([value])));
  const table: readonly (readonly [name: string, args: RegoValue[], wanted: string])[] = [
    ['or', [new Set([1, [1]]), new Set(one)], '{1, [1]}'],
    ['union', [sets], '{1, [1.0]}'],
    ['minus', [new Set([1, [1], 2]), new Set(one)], '{2}'],
    ['and', [new Set([1, [1], 2]), new Set(one)], '{1, [1]}'],
    ['count', [new Set(one)], '2'],
    ['object.get', [new Map<RegoValue, RegoValue>([[[1], 2]]), [[1]], 3], '2'],
    ['object.remove', [new Map<RegoValue, RegoValue>([[[1], 2]]), [[exact('1.0')]]], '{}'],
    [
      'json.remove',
      [new Map([['a', new Set([new Map([['b', 1]]), new Map()])]]), [['a', new Map([['b', 1]]), 'b']]],
      '{"a": {{}}}',
    ],
  ];
  for (const [name, args, wanted] of table) {
    assert.equal(regoText(outcomeOf(name, args) as RegoValue), wanted, name);
  }
});

test('none has an effect', () => {
  for (const { name, effects } of NATIVE_BUILTINS.values()) assert.deepEqual(effects, [], name);
});
