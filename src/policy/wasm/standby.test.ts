// needs: opa
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildModule, policySet } from '../../../test/support/rego-module.ts';
import { PortcullisError } from '../../errors.ts';
import { type InstanceHost, WasmInstance } from './instance.ts';
import { meterModule } from './metering/meter-module.ts';
import { Standby } from './standby.ts';

const CONFLICT = Buffer.from('{"a":1,"b":1}');
const DEEP = Buffer.from('['.repeat(100_000) + ']'.repeat(100_000));
const TRAP = Buffer.from('"trap"');
const MAX_BYTES = 256 * 1024 * 1024;

const { modules } = await policySet({
  rego: 'package t\nconflict := 1 if input.a\nconflict := 2 if input.b\nlast := data.rows[count(data.rows) - 1]\necho := input\ncalled := test.one(input)',
  entrypoints: ['t/conflict', 't/last', 't/echo', 't/called'],
  builtins: [{ name: 'test.one', arity: 1 }],
});
const module = modules[0]!;
const { 't/conflict': conflict = -1, 't/last': last = -1, 't/echo': echo = -1 } = module.entrypoints;
const { 't/called': called = -1 } = module.entrypoints;
const host: InstanceHost = {
  invoke: () => {
    throw new WebAssembly.RuntimeError('unreachable');
  },
  print: () => {},
};

/** Enough rows for several pieces when the data is copied. */
const rows = Array.from({ length: 100_000 }, (_, row) => `row ${row}`);
const DATA = Buffer.from(JSON.stringify({ rows }));
const LAST = '"row 99999"';

/** A standby that counts how often the data was parsed. */
function counted(data: Uint8Array = DATA): { standby: Standby; loads: () => number } {
  let loads = 0;
  const standby = new Standby(() => {
    loads++;
    return WasmInstance.load(module, data, host, MAX_BYTES);
  });
  return { standby, loads: () => loads };
}

function breakBy(standby: Standby, input: Uint8Array, deep = echo): void {
  const instance = standby.current();
  const entrypoint = input === DEEP ? deep : input === TRAP ? called : conflict;
  assert.throws(() => instance.evaluate(entrypoint, input), PortcullisError);
  assert.ok(instance.broken);
  standby.discard();
}

test('the spare stands in at once, and another is made aside', async () => {
  const { standby, loads } = counted();
  const first = standby.current();
  await standby.settled();
  breakBy(standby, CONFLICT);
  const second = standby.current();
  assert.notEqual(second, first);
  assert.equal(second.evaluate(last, undefined), LAST);
  await standby.settled();
  breakBy(standby, CONFLICT);
  assert.notEqual(standby.current(), second);
  assert.equal(standby.current().evaluate(last, undefined), LAST);
  assert.equal(loads(), 1, 'the data was parsed once');
});

test('instances that break faster than spares are made are renewed, and the data stays', async () => {
  const { standby, loads } = counted();
  for (let round = 0; round < 1000; round++) breakBy(standby, CONFLICT);
  assert.equal(standby.current().evaluate(last, undefined), LAST);
  for (let round = 0; round < 100; round++) {
    breakBy(standby, CONFLICT);
    if (round % 3 === 0) await standby.settled();
    assert.equal(standby.current().evaluate(last, undefined), LAST);
  }
  assert.equal(loads(), 1);
});

test('after a trap the memory is not used again', async () => {
  const { standby, loads } = counted();
  await standby.settled();
  const trapped = standby.current();
  breakBy(standby, TRAP);
  assert.equal(trapped.renewed(), undefined);
  assert.equal(standby.current().evaluate(last, undefined), LAST);
  assert.equal(loads(), 1, 'the spare stood in');
  breakBy(standby, TRAP);
  assert.equal(standby.current().evaluate(last, undefined), LAST);
  assert.equal(loads(), 2, 'without a spare the data has to be parsed');
  await standby.settled();
  breakBy(standby, TRAP);
  assert.equal(standby.current().evaluate(last, undefined), LAST);
  assert.equal(loads(), 2);
});

test('what runs out of stack costs a renewal, not a load', async () => {
  const sources = {
    rego: 'package t\nmatch := glob.match(input, [], "a")\nlast := data.rows[count(data.rows) - 1]',
    entrypoints: ['t/match', 't/last'],
  };
  const { modules: repaired } = await policySet(sources);
  // With its own glob.match, in which a pattern can use up the C stack.
  const unrepaired = await WebAssembly.compile(meterModule(await buildModule(sources)));
  const patterns = { ...repaired[0]!, module: unrepaired };
  const { entrypoints } = patterns;
  const { 't/match': match = -1, 't/last': end = -1 } = entrypoints;
  const nested = Buffer.from(JSON.stringify('{a,'.repeat(3000) + 'b' + '}'.repeat(3000)));
  let loads = 0;
  const standby = new Standby(() => {
    loads++;
    return WasmInstance.load(patterns, DATA, host, MAX_BYTES);
  });
  for (let round = 0; round < 50; round++) {
    assert.throws(() => standby.current().evaluate(match, nested), { code: 'evaluation_limit' });
    standby.discard();
    assert.equal(standby.current().evaluate(end, undefined), LAST);
    if (round % 10 === 0) await standby.settled();
  }
  for (let round = 0; round < 50; round++) breakBy(standby, DEEP, match);
  assert.equal(standby.current().evaluate(end, undefined), LAST);
  assert.equal(loads, 1);
});

test('a closed standby makes no more spares', async () => {
  const { standby } = counted();
  await standby.settled();
  standby.close();
  const closed = standby.current();
  breakBy(standby, CONFLICT);
  await standby.settled();
  assert.equal(standby.current().evaluate(last, undefined), LAST);
  assert.notEqual(standby.current(), closed);
});

test('a renewed instance takes the memory over: the old one gives nothing more', () => {
  const instance = WasmInstance.load(module, DATA, host, MAX_BYTES);
  const renewed = instance.renewed();
  assert.equal(renewed?.evaluate(last, undefined), LAST);
  assert.equal(renewed?.memoryBytes, instance.memoryBytes);
  assert.ok(instance.broken);
  assert.equal(instance.renewed(), undefined);
});

test('two instances of one module do not see each other', async () => {
  const one = WasmInstance.load(module, Buffer.from('{"rows":["one"]}'), host, MAX_BYTES);
  const two = WasmInstance.load(module, Buffer.from('{"rows":["two"]}'), host, MAX_BYTES);
  const copy = await one.copied();
  assert.throws(() => one.evaluate(conflict, CONFLICT), PortcullisError);
  for (let round = 0; round < 100; round++) {
    assert.equal(two.evaluate(last, undefined), '"two"');
    assert.equal(copy.evaluate(last, undefined), '"one"');
    assert.equal(two.evaluate(echo, Buffer.from('"2"')), '"2"');
    assert.equal(copy.evaluate(echo, Buffer.from('"1"')), '"1"');
  }
});
