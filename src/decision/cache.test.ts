import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Effect } from '../policy/builtins/builtin.ts';
import type { Evaluation } from '../policy/evaluator.ts';
import { DecisionCache } from './cache.ts';
import { interpret } from './outcome.ts';

const OPTIONS = { enabled: true, maxBytes: 1_000_000, maxEntries: 1000, maxAgeMs: 1000 };
const ALLOWED = interpret('true');

/** Stores as the engine does. */
function keep(cache: DecisionCache, key: string, of: Evaluation, wallMs: number): void {
  const span = cache.spanOf(of, wallMs);
  if (span !== undefined) cache.set(key, ALLOWED, span);
}

const evaluation = (parts: Partial<Evaluation> = {}): Evaluation => ({
  json: 'true',
  validFromMs: -Infinity,
  validUntilMs: Infinity,
  effects: [],
  nonDeterministic: undefined,
  builtinErrors: [],
  ...parts,
});

test('an answer is served inside its window only, whichever way the wall clock moves', () => {
  const cache = new DecisionCache({ ...OPTIONS, maxAgeMs: 1e9 });
  const validFromMs = 10_000;
  const validUntilMs = 20_000;
  keep(cache, 'token', evaluation({ effects: ['window'], validFromMs, validUntilMs }), 15_000);
  const table: [wallMs: number, hit: boolean][] = [
    [15_000, true],
    [19_999, true],
    [19_999.999, true],
    [20_000, false], // exp is exclusive
    [15_000, true], // stepped back into the window
    [10_000, true], // nbf is inclusive
    [9_999.999, false],
    [9_999, false],
    [10_000, true],
  ];
  for (const [wallMs, hit] of table) {
    assert.equal(cache.get('token', wallMs) !== undefined, hit, `at ${wallMs}`);
  }
});

test('nothing is kept longer than the maximum age, nor served before it was made', () => {
  const cache = new DecisionCache(OPTIONS);
  keep(cache, 'key', evaluation(), 5_000);
  assert.ok(cache.get('key', 5_999));
  assert.equal(cache.get('key', 6_000), undefined);
  assert.ok(cache.get('key', 4_000));
  assert.equal(cache.get('key', 3_999), undefined);
});

test('answers that hold for one evaluation only are not kept, and counted by reason', () => {
  const table: [Effect[], boolean][] = [
    [[], true],
    [['window'], true],
    [['host'], true],
    [['print'], true],
    [['clock'], false],
    [['network'], false],
    [['random'], false],
    [['window', 'clock'], false],
  ];
  for (const [effects, kept] of table) {
    const cache = new DecisionCache(OPTIONS);
    keep(cache, 'key', evaluation({ effects }), 0);
    assert.equal(cache.get('key', 0) !== undefined, kept, effects.join());
    const counted = Object.values(cache.figures().uncacheable).reduce((sum, count) => sum + count, 0);
    assert.equal(counted, kept ? 0 : 1);
  }
});

test('an answer whose window does not hold now is not kept', () => {
  const cache = new DecisionCache(OPTIONS);
  keep(cache, 'key', evaluation({ effects: ['window'], validFromMs: 10, validUntilMs: 20 }), 20);
  assert.equal(cache.figures().entries, 0);
});

test('entries and bytes are bounded, and evictions counted', () => {
  const byEntries = new DecisionCache({ ...OPTIONS, maxEntries: 10 });
  const byBytes = new DecisionCache({ ...OPTIONS, maxBytes: 10_000 });
  for (let i = 0; i < 1000; i++) {
    for (const cache of [byEntries, byBytes]) keep(cache, `key ${i}`, evaluation(), 0);
  }
  assert.equal(byEntries.figures().entries, 10);
  assert.equal(byEntries.figures().evictions, 990);
  assert.ok(byBytes.figures().bytes <= 10_000);
  assert.ok(byBytes.figures().entries > 10);
});

test('an answer is accounted for what its parsed obligations hold', () => {
  const cache = new DecisionCache(OPTIONS);
  const json = `{"allowed":true,"x":[${'{},'.repeat(1000)}{}]}`;
  cache.set('key', interpret(json), { fromMs: 0, untilMs: 1 });
  assert.ok(cache.figures().bytes > 1001 * 100, String(cache.figures().bytes));
});

test('a flush forgets everything and says how much that was', () => {
  const cache = new DecisionCache(OPTIONS);
  keep(cache, 'a', evaluation(), 0);
  keep(cache, 'b', evaluation(), 0);
  assert.equal(cache.flush(), 2);
  assert.equal(cache.get('a', 0), undefined);
  assert.equal(cache.figures().evictions, 0);
});

test('switched off, it keeps nothing', () => {
  const cache = new DecisionCache({ ...OPTIONS, enabled: false });
  keep(cache, 'key', evaluation(), 0);
  assert.equal(cache.get('key', 0), undefined);
  assert.deepEqual(
    { ...cache.figures(), maxBytes: 0, maxEntries: 0 },
    {
      enabled: false,
      entries: 0,
      bytes: 0,
      maxEntries: 0,
      maxBytes: 0,
      hits: 0,
      misses: 0,
      evictions: 0,
      uncacheable: {},
    },
  );
});
