import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DecisionCache } from './cache.ts';
import { interpret } from './outcome.ts';

const SPAN = { fromMs: 0, untilMs: 10 };
const LONG = (id: number): string => `{"allowed":true,"headers":{"x-user":"${'u'.repeat(1000)}${id}"}}`;
const cacheOf = (maxEntries: number): DecisionCache =>
  new DecisionCache({ enabled: true, maxBytes: 1_000_000, maxEntries, maxAgeMs: 1000 });

test('answers with the same text hold one outcome, which costs once', () => {
  const cache = cacheOf(100);
  const answers = cache.entrypoint('shop', 'allow').answers('v1');
  answers.set('a', interpret(LONG(1)), SPAN);
  const one = cache.figures().bytes;
  answers.set('b', interpret(LONG(1)), SPAN);
  const both = cache.figures().bytes;
  assert.ok(both - one < 400, `${both - one} bytes more`);
  assert.equal(answers.get('a', 1)!.outcome, answers.get('b', 1)!.outcome);
  answers.set('c', interpret(LONG(2)), SPAN);
  assert.ok(cache.figures().bytes - both > 1000);
  assert.notEqual(answers.get('c', 1)!.outcome, answers.get('a', 1)!.outcome);
});

test('entrypoints share no outcomes, and one that nobody holds costs nothing', () => {
  const cache = cacheOf(2);
  const [first, second] = ['allow', 'deny'].map((path) => cache.entrypoint('shop', path));
  first!.answers('v1').set('a', interpret(LONG(1)), SPAN);
  second!.answers('v1').set('a', interpret(LONG(1)), SPAN);
  assert.equal(first!.bytes, second!.bytes);
  assert.equal(first!.bytes + second!.bytes, cache.figures().bytes);
  // Two of another text drive both out.
  for (const key of ['b', 'c']) first!.answers('v1').set(key, interpret(`{"allowed":true,"n":1}`), SPAN);
  assert.equal(second!.bytes, 0);
  assert.equal(first!.bytes, cache.figures().bytes);
  cache.flush();
  assert.equal(cache.figures().bytes, 0);
});

test('whatever is stored, replaced, evicted and forgotten, the sums are right', () => {
  const key = fc.constantFrom('a', 'b', 'c', 'd', 'e');
  const json = fc.constantFrom('true', '"text"', LONG(1), LONG(2), LONG(3));
  const version = fc.constantFrom('v1', 'v2', 'v3');
  const step = fc.oneof(
    fc.record({ key, json, version }),
    fc.constant('flush' as const),
    fc.constant('get' as const),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const cache = cacheOf(3);
      const part = cache.entrypoint('shop', 'allow');
      let versions = new Map<string, ReturnType<typeof part.answers>>();
      for (const each of steps) {
        if (each === 'flush') cache.flush();
        else if (each === 'get') for (const answers of versions.values()) answers.get('a', 1);
        else {
          const answers = part.answers(each.version);
          versions = new Map(versions).set(each.version, answers);
          answers.set(each.key, interpret(each.json), SPAN);
          assert.equal(answers.get(each.key, 1)?.outcome.json, each.json);
        }
        assert.equal(part.bytes, cache.figures().bytes);
        assert.ok(part.bytes <= 1_000_000 && part.entries <= 3);
      }
      cache.flush();
      assert.equal(cache.figures().bytes, 0);
    }),
  );
});
