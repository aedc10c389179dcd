import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DecisionCache } from '../src/decision/cache.ts';
import { DataPlane } from '../src/decision/data-plane.ts';
import type { Question } from '../src/decision/decision.ts';
import { PortcullisError } from '../src/errors.ts';
import type { PolicySetDescriptor } from '../src/policy/descriptor.ts';
import type { Evaluation, Evaluator } from '../src/policy/evaluator.ts';

import {
  type Answer,
  activate,
  CACHE,
  descriptor,
  evaluation,
  footprint,
  question,
  setUp,
} from './support/engine.ts';

test('whatever goes wrong is a denial with a status of its own', async () => {
  const answer: Answer = (_entrypoint, input) => {
    if (input === '"slow"') throw new PortcullisError('deadline_exceeded', 'slow');
    if (input === '"conflict"') throw new PortcullisError('evaluation_failed', 'conflict');
    if (input === '"later"') return Promise.reject(new PortcullisError('evaluation_failed', 'later'));
    if (input === '"bug"') throw new TypeError('bug');
    if (input === '"undefined"') return evaluation(undefined);
    return evaluation(input ?? 'true');
  };
  const { engine, plane, events } = await setUp(answer, ['shop', 'empty', 'old']);
  await activate(plane, descriptor('shop'));
  await activate(plane, descriptor('old'));
  plane.setUsable('old', false);
  const table: [Question, string][] = [
    [question(), 'allowed'],
    [question({ json: 'true' }), 'allowed'],
    [question({ json: 'false' }), 'denied'],
    [question({ json: '"undefined"' }), 'undefined'],
    [question({ json: '12' }), 'not_a_decision'],
    [question({ json: '"slow"' }), 'timeout'],
    [question({ json: '"conflict"' }), 'evaluation_failed'],
    [question({ json: '"later"' }), 'evaluation_failed'],
    [question({ json: '"bug"' }), 'evaluation_failed'],
    [question({ json: '{' }), 'input_invalid'],
    [question({ json: '' }), 'input_invalid'],
    [question({ json: '{"a":1,"a":2}' }), 'input_invalid'],
    [question({ json: '['.repeat(40) + ']'.repeat(40) }), 'input_too_large'],
    [question({ json: `"${'x'.repeat(10_000)}"` }), 'input_too_large'],
    [question({ policySet: 'nobody' }), 'unknown_policy_set'],
    [question({ policySet: '' }), 'unknown_policy_set'],
    [question({ policySet: 'empty' }), 'not_ready'],
    [question({ policySet: 'old' }), 'not_ready'],
    [question({ entrypoint: 'a' }), 'unknown_entrypoint'],
    [question({ entrypoint: 'A/ALLOW' }), 'unknown_entrypoint'],
    [question({ entrypoint: '__proto__' }), 'unknown_entrypoint'],
  ];
  for (const [asked, status] of table) {
    const decision = await engine.decide(asked, Infinity);
    assert.equal(decision.status, status);
    assert.equal(decision.allowed, status === 'allowed');
    assert.equal(events.at(-1)!.decisionId, decision.id);
    assert.equal(events.at(-1)!.status, status);
  }
  assert.equal(new Set(events.map((event) => event.decisionId)).size, table.length);
});

test('the only policy set and the default entrypoint may be left out', async () => {
  const { engine, plane } = await setUp((entrypoint) => evaluation(String(entrypoint === 'a/allow')));
  await activate(plane, descriptor('shop'));
  assert.ok((await engine.decide(question({ policySet: '', entrypoint: '' }), Infinity)).allowed);
});

test('answers are cached by policy set, entrypoint, digests and input', async () => {
  const { engine, plane, evaluations } = await setUp(() => evaluation('true'), ['shop', 'bank']);
  await activate(plane, descriptor('shop'));
  await activate(plane, descriptor('bank', { policyDigest: 'policy of shop' }));
  const ask = async (asked: Question): Promise<boolean> => (await engine.decide(asked, Infinity)).cached;
  const different: Question[] = [
    question(),
    question({ json: 'null' }),
    question({ json: '{}' }),
    question({ json: '{"a":null}' }),
    question({ json: '{"a":1}' }),
    question({ json: '{"a":1.0}' }),
    question({ json: '{"a":"1"}' }),
    question({ json: '{"__proto__":1}' }),
    question({ json: '[]' }),
    question({ json: '""' }),
    question({ json: '"n"' }),
    question({ json: '0' }),
    question({ json: '-0' }),
    question({ json: 'false' }),
    question({ entrypoint: 'a/other' }),
    question({ policySet: 'bank' }),
  ];
  for (const asked of different) assert.equal(await ask(asked), false);
  for (const asked of different) assert.equal(await ask(asked), true);
  assert.equal(evaluations(), different.length);
  assert.equal(await ask(question({ json: ' { "a" : 1 } ' })), true, 'white space does not matter');
  assert.equal(await ask(question({ json: '{}', noCache: true })), false);
  await activate(plane, descriptor('shop', { dataDigest: 'other data' }));
  assert.equal(await ask(question()), false);
});

test('other data, another footprint or another evaluator are other answers; data that an entrypoint cannot see are not', async () => {
  const { engine, plane } = await setUp(() => evaluation('true'));
  const version = (parts: Partial<PolicySetDescriptor>): PolicySetDescriptor =>
    descriptor('shop', {
      footprints: new Map([['a/allow', footprint('user')]]),
      dataDigests: new Map([['a/allow', 'seen']]),
      ...parts,
    });
  const asked = question({ json: '{"user":"ann"}' });
  const table: [what: string, parts: Partial<PolicySetDescriptor>, kept: boolean][] = [
    ['data elsewhere', { dataDigest: 'patched' }, true],
    ['data that it sees', { dataDigests: new Map([['a/allow', 'patched']]) }, false],
    ['data of which nothing is known', { dataDigests: new Map() }, false],
    ['the same digest of other data', { dataDigests: new Map(), dataDigest: 'seen' }, false],
    ['another footprint', { footprints: new Map([['a/allow', footprint('user', 'role')]]) }, false],
    ['the plan answers', { planned: ['a/allow'] }, false],
    ['another plan answers', { planned: ['a/other'] }, true],
    ['another policy', { policyDigest: 'other' }, false],
    ['another revision by name', { revisions: { policy: '2' } }, true],
  ];
  for (const [what, parts, kept] of table) {
    await activate(plane, version({}));
    await engine.decide(asked, Infinity);
    await activate(plane, version(parts));
    assert.equal((await engine.decide(asked, Infinity)).cached, kept, what);
  }
});

test('cached equals uncached, whatever is asked in between', async () => {
  const { engine, plane } = await setUp((_entrypoint, input) => evaluation(input));
  await activate(plane, descriptor('shop'));
  await fc.assert(
    fc.asyncProperty(fc.json({ maxDepth: 3 }), async (json) => {
      const answers = [false, true, false].map(async (noCache) =>
        engine.decide(question({ json, noCache }), Infinity),
      );
      const [first, uncached, again] = await Promise.all(answers);
      assert.deepEqual(
        [first!.status, first!.json, first!.reasons, first!.obligations],
        [uncached!.status, uncached!.json, uncached!.reasons, uncached!.obligations],
      );
      assert.deepEqual([again!.status, again!.json], [uncached!.status, uncached!.json]);
      assert.equal(uncached!.cached, false);
      assert.equal(again!.cached, true);
    }),
  );
});

test('a question that wants to be evaluated neither finds nor leaves an answer', async () => {
  const { engine, plane, cache } = await setUp(() => evaluation('true'));
  await activate(plane, descriptor('shop'));
  const cached = async (noCache: boolean) => (await engine.decide(question({ noCache }), Infinity)).cached;
  for (const [noCache, isCached, entries] of [
    [true, false, 0],
    [false, false, 1],
    [true, false, 1],
    [false, true, 1],
  ] as const) {
    assert.equal(await cached(noCache), isCached);
    assert.equal(cache.figures().entries, entries);
  }
  const { hits, misses } = cache.figures();
  assert.deepEqual([hits, misses], [1, 1]);
});

test('a decision has one time, however long it takes: the cache, the policy and the log are told the same', async () => {
  const told: number[] = [];
  const window = { validFromMs: 1_000_010, validUntilMs: 1_000_020 };
  const { engine, plane, clock, events } = await setUp((_entrypoint, _input, { wallMs }) => {
    told.push(wallMs);
    return evaluation('true', window);
  });
  await activate(plane, descriptor('shop'));
  // Each look at the clock is past the window.
  clock.wallMs = () => (clock.wall += 10) - 10;
  clock.wall = 1_000_010;
  assert.equal((await engine.decide(question(), Infinity)).cacheable, true);
  clock.wall = 1_000_019;
  assert.equal((await engine.decide(question(), Infinity)).cached, true);
  assert.deepEqual(told, [1_000_010]);
  assert.deepEqual(
    events.map(({ wallMs }) => wallMs),
    [1_000_010, 1_000_019],
  );
});

test('failures are not cached', async () => {
  let broken = true;
  const { engine, plane } = await setUp(() => {
    if (broken) throw new PortcullisError('evaluation_failed', 'conflict');
    return evaluation('true');
  });
  await activate(plane, descriptor('shop'));
  assert.equal((await engine.decide(question(), Infinity)).status, 'evaluation_failed');
  broken = false;
  assert.equal((await engine.decide(question(), Infinity)).status, 'allowed');
});

test('a token is answered from the cache until the instant it expires, and from its nbf on', async () => {
  const window = { effects: ['window'] as const, validFromMs: 1_000_000, validUntilMs: 1_060_000 };
  const { engine, plane, clock } = await setUp(() => evaluation('true', window));
  await activate(plane, descriptor('shop'));
  const cachedAt = async (wallMs: number): Promise<boolean> => {
    clock.wall = wallMs;
    return (await engine.decide(question(), Infinity)).cached;
  };
  assert.equal(await cachedAt(1_000_000), false);
  assert.equal(await cachedAt(1_059_999), true);
  assert.equal(await cachedAt(1_060_000), false);
  assert.equal(await cachedAt(1_000_000), true);
  assert.equal(await cachedAt(999_999), false);
});

test('an answer says whether and until when it may be kept', async () => {
  const answers: Record<string, Evaluation> = {
    '"pure"': evaluation('true'),
    '"token"': evaluation('false', { effects: ['window'], validUntilMs: 1_030_000 }),
    '"clock"': evaluation('true', { effects: ['clock'] }),
    '"network"': evaluation('true', { effects: ['window', 'network'], validUntilMs: 1_030_000 }),
    '"random"': evaluation('true', { effects: ['random'] }),
  };
  const { engine, plane, clock } = await setUp((_entrypoint, input) => {
    const answer = answers[input!];
    if (answer === undefined) throw new PortcullisError('evaluation_failed', 'conflict');
    return answer;
  });
  await activate(plane, descriptor('shop'));
  const table: [json: string, cacheable: boolean, validUntilMs: number][] = [
    ['"pure"', true, 1_000_000 + CACHE.maxAgeMs],
    ['"token"', true, 1_030_000],
    ['"clock"', false, Infinity],
    ['"network"', false, Infinity],
    ['"random"', false, Infinity],
    ['"conflict"', false, Infinity],
    ['{', false, Infinity],
  ];
  for (const [json, ...expected] of table) {
    clock.wall = 1_000_000;
    const first = await engine.decide(question({ json }), Infinity);
    assert.deepEqual([first.cacheable, first.validUntilMs], expected, json);
    // Whoever asks later does not get longer.
    clock.wall = 1_020_000;
    const second = await engine.decide(question({ json }), Infinity);
    assert.deepEqual(
      [second.cached, second.cacheable, second.validUntilMs],
      [first.cacheable, ...expected],
      json,
    );
  }
});

test('a decision keeps the snapshot it began on; the old one is closed after its last decision', async () => {
  const { promise, resolve } = Promise.withResolvers<Evaluation>();
  const { engine, plane, closed } = await setUp((_entrypoint, input) =>
    input === '"wait"' ? promise : evaluation('true'),
  );
  await activate(plane, descriptor('shop', { revisions: { policy: '1' } }));
  const waiting = engine.decide(question({ json: '"wait"' }), Infinity);
  await activate(plane, descriptor('shop', { revisions: { policy: '2' }, policyDigest: 'new' }));
  assert.deepEqual(closed, []);
  assert.equal((await engine.decide(question(), Infinity)).provenance.revisions['policy'], '2');
  resolve(evaluation('false'));
  assert.equal((await waiting).provenance.revisions['policy'], '1');
  assert.deepEqual(closed, ['shop@1']);
  plane.close();
  assert.deepEqual(closed, ['shop@1', 'shop@2']);
  assert.equal((await engine.decide(question(), Infinity)).status, 'not_ready');
});

test('a policy set that cannot be built leaves the old one active', async () => {
  const create = async ({ revisions }: PolicySetDescriptor): Promise<Evaluator> => {
    if (revisions['policy'] === 'broken') throw new PortcullisError('evaluation_failed', 'broken');
    return { evaluate: () => evaluation('true'), close: () => undefined };
  };
  const plane = new DataPlane(['shop'], create, new DecisionCache(CACHE));
  await activate(plane, descriptor('shop'));
  await assert.rejects(activate(plane, descriptor('shop', { revisions: { policy: 'broken' } })));
  assert.equal(plane.active().get('shop')!.revisions['policy'], '1');
});

test('a policy set too old to be trusted is not active for those who watch, until it is confirmed', async () => {
  const { plane } = await setUp(() => evaluation('true'));
  const seen: boolean[] = [];
  plane.onChange((name) => seen.push(plane.active().has(name)));
  await activate(plane, descriptor('shop'));
  plane.setUsable('shop', false);
  await activate(plane, descriptor('shop', { revisions: { policy: '2' } }));
  plane.setUsable('shop', true);
  assert.deepEqual(seen, [true, false, false, true]);
});
