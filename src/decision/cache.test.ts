import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Effect } from '../policy/builtins/builtin.ts';
import type { Evaluation } from '../policy/evaluator.ts';
import { type CacheOptions, DecisionCache, type EntrypointCache } from './cache.ts';
import { interpret } from './outcome.ts';

const OPTIONS = { enabled: true, maxBytes: 1_000_000, maxEntries: 1000, maxAgeMs: 1000 };
const ALLOWED = interpret('true');

const open = (options: Partial<CacheOptions> = {}) => {
  const cache = new DecisionCache({ ...OPTIONS, ...options });
  const part = cache.entrypoint('shop', 'a/allow');
  return { cache, part, answers: part.answers('v1') };
};

/** Stores as the engine does. */
function keep(part: EntrypointCache, key: string, of: Evaluation = evaluation(), wallMs = 0): void {
  const span = part.spanOf(of, wallMs);
  if (span !== undefined) part.answers('v1').set(key, ALLOWED, span);
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
  const { part, answers } = open({ maxAgeMs: 1e9 });
  const validFromMs = 10_000;
  const validUntilMs = 20_000;
  keep(part, 'token', evaluation({ effects: ['window'], validFromMs, validUntilMs }), 15_000);
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
    assert.equal(answers.get('token', wallMs) !== undefined, hit, `at ${wallMs}`);
  }
});

test('nothing is kept longer than the maximum age, nor served before it was made by more than that', () => {
  const { part, answers } = open();
  keep(part, 'key', evaluation(), 5_000);
  const table: [wallMs: number, hit: boolean][] = [
    [5_999, true],
    [6_000, false],
    [4_000, true],
    [3_999, false],
    [5_000, true],
  ];
  for (const [wallMs, hit] of table) {
    assert.equal(answers.get('key', wallMs) !== undefined, hit, `at ${wallMs}`);
  }
});

test('the narrower of window and maximum age counts, at each end', () => {
  const table: [validFromMs: number, validUntilMs: number, fromMs: number, untilMs: number][] = [
    [-Infinity, Infinity, 4_000, 6_000],
    [4_500, Infinity, 4_500, 6_000],
    [-Infinity, 5_500, 4_000, 5_500],
    [5_000, 5_001, 5_000, 5_001],
    [3_000, 7_000, 4_000, 6_000],
  ];
  for (const [validFromMs, validUntilMs, fromMs, untilMs] of table) {
    const span = open().part.spanOf(evaluation({ validFromMs, validUntilMs }), 5_000);
    assert.deepEqual(span, { fromMs, untilMs });
  }
});

test('an answer whose window does not hold now is not kept', () => {
  for (const wallMs of [9, 20]) {
    const { part } = open();
    keep(part, 'key', evaluation({ effects: ['window'], validFromMs: 10, validUntilMs: 20 }), wallMs);
    assert.equal(part.entries, 0);
    assert.deepEqual(part.row().uncacheable, { window: 1 });
  }
});

test('a newer answer for the same key replaces one whose window has ended', () => {
  const { cache, part, answers } = open();
  keep(part, 'key', evaluation({ validUntilMs: 20 }), 10);
  const bytes = cache.figures().bytes;
  assert.equal(answers.get('key', 20), undefined);
  keep(part, 'key', evaluation({ validUntilMs: 40 }), 20);
  assert.deepEqual(answers.get('key', 20)?.span, { fromMs: -980, untilMs: 40 });
  assert.deepEqual([cache.figures().entries, cache.figures().bytes], [1, bytes]);
});

test('answers that hold for one evaluation only are not kept, and counted by reason', () => {
  const table: [Effect[], reason: string | undefined][] = [
    [[], undefined],
    [['window'], undefined],
    [['host'], undefined],
    [['print'], undefined],
    [['clock'], 'clock'],
    [['network'], 'network'],
    [['random'], 'random'],
    [['window', 'clock'], 'clock'],
  ];
  for (const [effects, reason] of table) {
    const { cache, part, answers } = open();
    keep(part, 'key', evaluation({ effects }));
    assert.equal(answers.get('key', 0) !== undefined, reason === undefined, effects.join());
    assert.deepEqual(cache.figures().uncacheable, reason === undefined ? {} : { [reason]: 1 });
  }
});

test('neither policy sets, entrypoints nor versions of them share answers', () => {
  const { cache, answers } = open();
  answers.set('key', ALLOWED, { fromMs: 0, untilMs: 1 });
  const others = [
    cache.entrypoint('shop', 'a/other').answers('v1'),
    cache.entrypoint('store', 'a/allow').answers('v1'),
    cache.entrypoint('shop', 'a/allow').answers('v2'),
  ];
  for (const other of others) assert.equal(other.get('key', 0), undefined);
  assert.ok(cache.entrypoint('shop', 'a/allow').answers('v1').get('key', 0));
});

test('the version before stays to return to, older ones are forgotten and store nothing', () => {
  const { cache, part, answers: first } = open();
  first.set('key', ALLOWED, { fromMs: 0, untilMs: 1 });
  part.answers('v2').set('key', ALLOWED, { fromMs: 0, untilMs: 1 });
  assert.equal(part.answers('v1'), first);
  assert.ok(first.get('key', 0));
  part.answers('v3');
  assert.equal(part.entries, 1);
  part.answers('v4');
  assert.equal(part.entries, 0);
  first.set('key', ALLOWED, { fromMs: 0, untilMs: 1 });
  assert.equal(first.get('key', 0), undefined);
  assert.deepEqual([cache.figures().entries, cache.figures().bytes], [0, 0]);
});

test('entries and bytes are bounded, and evictions counted by whether the answer was ever asked for again', () => {
  const byEntries = open({ maxEntries: 10 });
  const byBytes = open({ maxBytes: 10_000 });
  for (let i = 0; i < 1000; i++) {
    for (const { part } of [byEntries, byBytes]) keep(part, `key ${i}`);
    if (i === 0) byEntries.answers.get('key 0', 0);
  }
  const { entries, evictions } = byEntries.cache.figures();
  assert.deepEqual([entries, evictions], [10, 990]);
  assert.ok(byBytes.cache.figures().bytes <= 10_000);
  assert.ok(byBytes.cache.figures().entries > 10);
});

test('an answer that would use a large part of the cache is not kept', () => {
  const { cache, part } = open();
  part.answers('v1').set('k'.repeat(70_000), ALLOWED, { fromMs: 0, untilMs: 1 });
  assert.deepEqual(cache.figures().uncacheable, { size: 1 });
  assert.equal(part.entries, 0);
});

test('a flush forgets what it names and says how much that was', () => {
  const { cache, part } = open();
  const other = cache.entrypoint('shop', 'a/other');
  const store = cache.entrypoint('store', 'a/allow');
  const fill = () => {
    for (const each of [part, other, store]) for (const key of ['a', 'b']) keep(each, key);
  };
  const table = [
    { scope: undefined, forgotten: 6, left: [0, 0, 0] },
    { scope: {}, forgotten: 6, left: [0, 0, 0] },
    { scope: { policySet: 'shop' }, forgotten: 4, left: [0, 0, 2] },
    { scope: { policySet: 'shop', entrypoint: 'a/other' }, forgotten: 2, left: [2, 0, 2] },
  ];
  for (const { scope, forgotten, left } of table) {
    fill();
    assert.equal(cache.flush(scope), forgotten);
    assert.deepEqual([part.entries, other.entries, store.entries], left);
    cache.flush();
  }
  assert.deepEqual([cache.figures().evictions, cache.figures().bytes], [0, 0]);
});

test('switched off by the configuration, it keeps nothing until it is switched on', () => {
  const { cache, part, answers } = open({ enabled: false });
  keep(part, 'key');
  assert.equal(answers.get('key', 0), undefined);
  assert.equal(part.row().offReason, 'configuration');
  const { enabled, hits, misses, uncacheable } = cache.figures();
  assert.deepEqual(
    { enabled, hits, misses, uncacheable },
    { enabled: false, hits: 0, misses: 0, uncacheable: { off: 1 } },
  );
  cache.turn({}, false);
  assert.equal(part.row().offReason, 'configuration', 'the first reason stays');
  cache.turn({}, true);
  keep(part, 'key');
  assert.ok(answers.get('key', 0));
});

test('each switch is its own: an entrypoint answers when all of its are on', () => {
  const { cache, part } = open();
  const others = [cache.entrypoint('shop', 'a/other'), cache.entrypoint('store', 'a/allow')];
  const reasons = () => [part, ...others].map(({ offReason }) => offReason);
  part.distrust('');
  assert.deepEqual(reasons(), ['difference', undefined, undefined]);
  cache.turn({ policySet: 'shop' }, false);
  assert.deepEqual(reasons(), ['difference', 'operator', undefined]);
  assert.equal(cache.entrypoint('shop', 'a/third').offReason, 'operator');
  cache.turn({}, false);
  assert.deepEqual(reasons(), ['difference', 'operator', 'operator']);
  cache.turn({}, true);
  cache.turn({ policySet: 'shop' }, true);
  assert.deepEqual(reasons(), ['difference', undefined, undefined]);
  cache.turn({ policySet: 'shop', entrypoint: 'a/allow' }, false);
  assert.equal(part.offReason, 'difference');
  cache.turn({ policySet: 'shop', entrypoint: 'a/allow' }, true);
  assert.deepEqual(reasons(), [undefined, undefined, undefined]);
});

test('an entrypoint that is switched off forgets its answers, and those of others stay', () => {
  const { cache, part, answers } = open();
  const other = cache.entrypoint('shop', 'a/other');
  for (const each of [part, other]) keep(each, 'key');
  cache.turn({ policySet: 'shop', entrypoint: 'a/allow' }, false);
  assert.deepEqual([part.entries, other.entries], [0, 1]);
  cache.turn({ policySet: 'shop', entrypoint: 'a/allow' }, true);
  assert.equal(answers.get('key', 0), undefined);
});

test('a scope that has no part in the cache is refused', () => {
  const { cache } = open();
  const table = [
    [{ policySet: 'nobody' }, 'not_found'],
    [{ policySet: 'shop', entrypoint: 'nobody' }, 'not_found'],
    [{ entrypoint: 'a/allow' }, 'invalid_request'],
  ] as const;
  for (const [scope, code] of table) {
    assert.throws(() => cache.flush(scope), { code });
    assert.throws(() => cache.turn(scope, false), { code });
  }
});
