import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DecisionCache } from './cache.ts';
import { interpret } from './outcome.ts';

const ALLOWED = interpret('true');
const SPAN = { fromMs: 0, untilMs: 1 };
const OPTIONS = { enabled: true, maxBytes: 10_000_000, maxEntries: 100, maxAgeMs: 1000 };

/** Asks as the engine does: what is not there is stored. */
function asking(cache: DecisionCache, policySet = 'shop') {
  const answers = cache.entrypoint(policySet, 'allow').answers('v1');
  return (key: string): boolean => {
    if (answers.get(key, 0) !== undefined) return true;
    answers.set(key, ALLOWED, SPAN);
    return false;
  };
}

const HOT = Array.from({ length: 50 }, (_, i) => `hot ${i}`);

/** A cache that is full, and whose hot keys have been asked for again and again. */
function warm(policySet?: string, cache: DecisionCache = new DecisionCache(OPTIONS)) {
  const ask = asking(cache, policySet);
  for (let round = 0; round < 5; round++) {
    for (const key of HOT) ask(key);
    for (let i = 0; i < 30; i++) ask(`filler ${round} ${i}`);
  }
  return { cache, ask };
}

/** Without asking, which would renew it. */
const kept = (cache: DecisionCache, policySet: string): number => {
  const answers = cache.entrypoint(policySet, 'allow').answers('v1');
  return HOT.filter((key) => answers.get(key, 0) !== undefined).length;
};

test('a flood of keys does not drive out what is asked again, however often each key is asked at once', () => {
  for (const times of [1, 2, 3, 10]) {
    const { cache, ask } = warm();
    for (let i = 0; i < 10_000; i++) for (let time = 0; time < times; time++) ask(`flood ${i}`);
    assert.equal(kept(cache, 'shop'), HOT.length, `each key ${times} times`);
  }
});

test('a flood shows in the figures by what its keys had been good for', () => {
  const evictedBy = (flood: (ask: (key: string) => boolean) => void) => {
    const { cache, ask } = warm();
    const before = cache.figures().rows[0]!.evicted;
    flood(ask);
    const after = cache.figures().rows[0]!.evicted;
    return [after.once - before.once, after.again - before.again, after.hot - before.hot];
  };
  const keys = Array.from({ length: 1000 }, (_, i) => `flood ${i}`);
  const [once] = evictedBy((ask) => keys.map(ask));
  assert.ok(once! >= 900, String(once));
  const [, again] = evictedBy((ask) => keys.map((key) => [ask(key), ask(key)]));
  assert.ok(again! >= 900, String(again));
  // Each key is asked again when it has been there for a while: now it counts, and the hot ones go.
  const [, , hot] = evictedBy((ask) =>
    keys.map((key, i) => [key, keys[i - 8] ?? key, keys[i - 15] ?? key].map(ask)),
  );
  assert.ok(hot! >= 500, String(hot));
});

test('a policy set that uses less than its part loses nothing to another', () => {
  const { cache } = warm('quiet');
  const flood = asking(cache, 'loud');
  for (let i = 0; i < 10_000; i++) for (let time = 0; time < 3; time++) flood(`flood ${i}`);
  assert.equal(kept(cache, 'quiet'), HOT.length);
  const { quiet, loud } = Object.fromEntries(
    cache.figures().rows.map(({ policySet, entries }) => [policySet, entries]),
  );
  assert.deepEqual([quiet! + loud!, Math.abs(quiet! - loud!) <= 1], [100, true]);
});

test('what other policy sets do not need is for everybody', () => {
  const cache = new DecisionCache(OPTIONS);
  const quiet = asking(cache, 'quiet');
  const loud = asking(cache, 'loud');
  for (let i = 0; i < 10; i++) quiet(`few ${i}`);
  for (let i = 0; i < 1000; i++) loud(`many ${i}`);
  assert.deepEqual(
    cache.figures().rows.map(({ entries }) => entries),
    [10, 90],
  );
});

test('who comes late takes the room that is more than an equal part of others, of entries and of bytes alike', () => {
  const value = interpret(JSON.stringify('x'.repeat(2000)));
  for (const bounds of [{ maxEntries: 40 }, { maxBytes: 100_000 }]) {
    const cache = new DecisionCache({ ...OPTIONS, maxEntries: 10_000, ...bounds });
    const answers = ['loud', 'late'].map((name) => cache.entrypoint(name, 'allow').answers('v1'));
    for (const of of answers) for (let i = 0; i < 100; i++) of.set(String(i), value, SPAN);
    const [loud, late] = cache.figures().rows;
    assert.ok(loud!.entries >= 19 && Math.abs(loud!.entries - late!.entries) <= 1, JSON.stringify(bounds));
  }
});

test('the bound that is reached says who gives way: few large answers stay where there are too many entries', () => {
  const cache = new DecisionCache(OPTIONS);
  const few = cache.entrypoint('few', 'allow').answers('v1');
  for (let i = 0; i < 5; i++) few.set(String(i), interpret(JSON.stringify('x'.repeat(100_000))), SPAN);
  const ask = asking(cache, 'many');
  for (let i = 0; i < 1000; i++) ask(String(i));
  assert.deepEqual(
    cache.figures().rows.map(({ entries }) => entries),
    [5, 95],
  );
});

test('an answer that is evaluated anew, its window having ended, keeps its place', () => {
  const { cache, ask } = warm();
  const answers = cache.entrypoint('shop', 'allow').answers('v1');
  for (const key of HOT) answers.set(key, ALLOWED, SPAN);
  for (let i = 0; i < 10_000; i++) ask(`flood ${i}`);
  assert.equal(kept(cache, 'shop'), HOT.length);
});

test('an answer that was asked for again counts as such when it has been evaluated anew', () => {
  const cache = new DecisionCache({ ...OPTIONS, maxEntries: 1 });
  const answers = cache.entrypoint('shop', 'allow').answers('v1');
  answers.set('key', ALLOWED, SPAN);
  assert.ok(answers.get('key', 0));
  answers.set('key', ALLOWED, SPAN);
  answers.set('other', ALLOWED, SPAN);
  assert.deepEqual(cache.figures().rows[0]!.evicted, { once: 0, again: 1, hot: 0 });
});

test('a hot set that moves on is followed', () => {
  const { cache, ask } = warm();
  for (let day = 0; day < 5; day++) {
    const fresh = Array.from({ length: 18 }, (_, i) => `day ${day}, ${i}`);
    const hits = Array.from({ length: 10 }, () => fresh.filter((key) => ask(key)).length);
    assert.deepEqual(hits, [0, ...Array.from({ length: 9 }, () => fresh.length)]);
  }
  assert.ok(cache.figures().rows[0]!.evicted.hot > 0);
});

test('whatever is asked, stored, flushed and switched: bounds hold and the figures add up', () => {
  const act = fc.record({
    do: fc.constantFrom('ask', 'ask', 'ask', 'ask', 'flush', 'off', 'on', 'version'),
    policySet: fc.constantFrom('one', 'two'),
    entrypoint: fc.constantFrom('a', 'b'),
    key: fc.nat(40),
    size: fc.nat(200),
  });
  fc.assert(
    fc.property(fc.array(act, { maxLength: 200 }), (acts) => {
      const cache = new DecisionCache({ ...OPTIONS, maxEntries: 12, maxBytes: 8000 });
      const stored = new Map<string, string>();
      const versions = new Map<string, number>();
      for (const { do: what, key, size, ...scope } of acts) {
        const part = cache.entrypoint(scope.policySet, scope.entrypoint);
        const name = `${scope.policySet} ${scope.entrypoint}`;
        if (what === 'flush') cache.flush(scope);
        if (what === 'off' || what === 'on') cache.turn(scope, what === 'on');
        if (what === 'version') versions.set(name, (versions.get(name) ?? 0) + 1);
        const version = String(versions.get(name) ?? 0);
        const answers = part.answers(version);
        if (what === 'ask') {
          const place = `${name} ${version} ${key}`;
          const found = answers.get(String(key), 0);
          if (found !== undefined) assert.equal(found.outcome.json, stored.get(place));
          const outcome = interpret(JSON.stringify('x'.repeat(size)));
          answers.set(String(key), outcome, SPAN);
          if (part.offReason === undefined) stored.set(place, outcome.json!);
        }
        const { entries, bytes, rows } = cache.figures();
        const sum = (of: 'entries' | 'bytes') => rows.reduce((total, row) => total + row[of], 0);
        assert.ok(entries <= 12 && bytes <= 8000);
        assert.deepEqual([sum('entries'), sum('bytes')], [entries, bytes]);
        for (const row of rows) if (row.offReason !== undefined) assert.equal(row.entries, 0);
      }
    }),
  );
});
