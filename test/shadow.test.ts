/** Shadow verification in the engine: what it finds, what becomes of it, and what it leaves alone. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InputView } from '../src/decision/input-view.ts';
import { jsonBytesView, NO_INPUT_VIEW } from '../src/decision/json-view.ts';
import { PortcullisError } from '../src/errors.ts';
import type { JsonValue } from '../src/json/value.ts';
import type { PolicySetDescriptor } from '../src/policy/descriptor.ts';
import type { Evaluation, EvaluationTime } from '../src/policy/evaluator.ts';
import type { Projector } from '../src/policy/projection/projection.ts';
import {
  type Answer,
  activate,
  descriptor,
  evaluation,
  footprint,
  question,
  setUp,
} from './support/engine.ts';

/** Lets in who is not suspended. */
const POLICY = (_entrypoint: string, input: string | undefined): Evaluation => {
  const { user, suspended } = JSON.parse(input ?? '{}') as { user?: string; suspended?: boolean };
  return evaluation(`{"allowed":${user === 'ann' && suspended !== true},"user":"${user}"}`);
};
const RIGHT = footprint('user', 'suspended');
const WRONG = footprint('user');
const set = (name: string, input = WRONG, parts: Partial<PolicySetDescriptor> = {}): PolicySetDescriptor =>
  descriptor(name, { footprints: new Map([['a/allow', input]]), ...parts });

const ANN = question({ json: '{"user":"ann","id":1}' });
const SUSPENDED = question({ json: '{"user":"ann","suspended":true,"id":2}' });
const ALL = { rate: 1 };

const figures = ({ cache }: Awaited<ReturnType<typeof setUp>>) =>
  cache.figures().rows.find(({ entrypoint }) => entrypoint === 'a/allow')!;

test('a footprint that forgets a read is caught by a hit: its entrypoint is answered without it from then on', async () => {
  const bench = await setUp(POLICY, ['shop'], ALL);
  const { engine, plane, shadow, differences, events } = bench;
  await activate(plane, set('shop'));
  const ask = async (asked = SUSPENDED) => engine.decide(asked, Infinity);
  assert.ok((await ask(ANN)).allowed);
  await shadow.idle();
  assert.equal(differences.length, 0, 'the footprint is right about this input');

  const wrong = await ask();
  assert.deepEqual([wrong.allowed, wrong.cached], [true, true], 'the cached answer of another input');
  await shadow.idle();
  assert.equal(differences.length, 1);
  const [{ decisionId, kind, places, cached, provenance, keyDigest }] = differences as [
    (typeof differences)[0],
  ];
  assert.deepEqual([decisionId, kind, places, cached], [wrong.id, 'value', ['/allowed'], true]);
  assert.equal(provenance.entrypoint, 'a/allow');
  assert.match(keyDigest, /^[0-9a-f]{64}$/);
  assert.ok(!JSON.stringify(differences).includes('ann'), 'nothing of the input or the answers is told');

  for (const cached of [false, false]) {
    const right = await ask();
    assert.deepEqual([right.allowed, right.cached], [false, cached]);
    assert.equal(events.at(-1)!.distrusted, true);
  }
  const { offReason, entries, shadow: counted } = figures(bench);
  assert.deepEqual([offReason, entries], ['difference', 0]);
  assert.deepEqual(counted, { checked: 2, differed: 1, failed: 0, skipped: 0 });
  await shadow.idle();
  assert.deepEqual(figures(bench).shadow, counted, 'what is evaluated whole needs no verification');
});

test('answers that were not cached are verified as well', async () => {
  const { engine, plane, shadow, differences } = await setUp(POLICY, ['shop'], ALL);
  await activate(plane, set('shop'));
  const wrong = await engine.decide({ ...SUSPENDED, noCache: true }, Infinity);
  assert.deepEqual([wrong.allowed, wrong.cached], [true, false]);
  await shadow.idle();
  assert.deepEqual([differences.length, differences[0]?.cached], [1, false]);
  assert.equal((await engine.decide(SUSPENDED, Infinity)).allowed, false);
});

test('distrust ends with the policy or by the operator, not with other data, another entrypoint or a flush', async () => {
  const bench = await setUp(POLICY, ['shop', 'bank'], ALL);
  const { engine, plane, shadow, cache } = bench;
  const footprints = new Map([
    ['a/allow', WRONG],
    ['a/other', RIGHT],
  ]);
  await activate(plane, set('shop', WRONG, { footprints }));
  await activate(plane, set('bank', RIGHT));
  const caught = async (): Promise<void> => {
    await engine.decide(SUSPENDED, Infinity);
    await shadow.idle();
  };
  /** Whether it is answered from the cache, the second time. */
  const caches = async (asked = SUSPENDED): Promise<boolean> => {
    await engine.decide(asked, Infinity);
    await shadow.idle();
    return (await engine.decide(asked, Infinity)).cached;
  };
  await caught();
  assert.equal(await caches(), false);
  assert.equal(await caches({ ...SUSPENDED, entrypoint: 'a/other' }), true);
  assert.equal(await caches({ ...SUSPENDED, policySet: 'bank' }), true);

  await activate(plane, set('shop', WRONG, { dataDigest: 'other data', footprints }));
  assert.equal(await caches(), false, 'other data');
  cache.flush();
  cache.turn({}, true);
  cache.turn({ policySet: 'shop' }, true);
  assert.equal(await caches(), false, 'turning on more than this entrypoint');

  cache.turn({ policySet: 'shop', entrypoint: 'a/allow' }, true);
  assert.equal((await engine.decide(SUSPENDED, Infinity)).allowed, true, 'the operator trusts it again');
  await shadow.idle();
  assert.equal(await caches(), false, 'and it was caught again');

  await activate(plane, set('shop', RIGHT, { policyDigest: 'mended' }));
  assert.equal(await caches(), true, 'another policy');
  assert.equal((await engine.decide(SUSPENDED, Infinity)).allowed, false);
  await activate(plane, set('shop'));
  assert.equal(await caches(), false, 'the policy that was caught is back');
  assert.equal(figures(bench).offReason, 'difference');
});

test('a batch on an old snapshot stays with what is right when a new policy comes', async () => {
  const { engine, plane, shadow, clock } = await setUp(POLICY, ['shop'], ALL);
  await activate(plane, set('shop'));
  await engine.decide(SUSPENDED, Infinity);
  await shadow.idle();
  let asked = 0;
  const cancelled = (): boolean => {
    // Each question uses a slice of the event loop up.
    clock.mono += 5;
    if (asked++ === 1) void activate(plane, set('shop', RIGHT, { policyDigest: 'mended' }));
    return false;
  };
  const batch = await engine.decideAll([SUSPENDED, SUSPENDED, SUSPENDED, SUSPENDED], Infinity, cancelled);
  assert.equal(plane.active().get('shop')!.policyDigest, 'mended');
  assert.deepEqual(
    batch.map(({ allowed, cached }) => [allowed, cached]),
    Array.from({ length: 4 }, () => [false, false]),
  );
});

test('what an old snapshot asks whole is neither found in the cache nor left there', async () => {
  const { engine, plane, cache, clock } = await setUp(POLICY);
  await activate(plane, set('shop'));
  const [known, unknown] = ['{"user":"ann"}', '{"user":"bob"}'].map((json) => question({ json }));
  await engine.decide(known!, Infinity);
  let asked = 0;
  const cancelled = (): boolean => {
    clock.mono += 5;
    if (asked++ !== 0) return false;
    void activate(plane, set('shop', RIGHT, { policyDigest: 'mended' })).then(() =>
      cache.entrypoint('shop', 'a/allow').distrust(descriptor('shop').policyDigest),
    );
    return false;
  };
  const batch = await engine.decideAll(
    [known!, known!, known!, known!, known!, known!, unknown!],
    Infinity,
    cancelled,
  );
  assert.equal(plane.active().get('shop')!.policyDigest, 'mended');
  assert.deepEqual([batch[0]!.cached, batch.at(-2)!.cached], [true, false]);
  assert.deepEqual([cache.figures().entries, cache.figures().rows[0]!.offReason], [1, undefined]);
});

test('what is verified is answered first, changes no answer, and is neither recorded nor kept', async () => {
  const order: string[] = [];
  const inner: Answer = (entrypoint, input) => {
    order.push(`evaluated ${input}`);
    return POLICY(entrypoint, input);
  };
  const { engine, plane, shadow, events, clock } = await setUp(inner, ['shop'], ALL);
  await activate(plane, set('shop', RIGHT));
  clock.wall = 1_000_500;
  await engine.decide(ANN, Infinity);
  order.push('answered');
  clock.wall = 2_000_000;
  await shadow.idle();
  assert.deepEqual(order, ['evaluated {"user":"ann"}', 'answered', 'evaluated {"id":1,"user":"ann"}']);
  assert.equal(events.length, 1);
});

test('answers are verified in the background, as of their own time, for 100 ms at most each', async () => {
  const times: EvaluationTime[] = [];
  const { engine, plane, shadow, clock } = await setUp(
    (entrypoint, input, time) => {
      times.push(time);
      return POLICY(entrypoint, input);
    },
    ['shop'],
    ALL,
  );
  await activate(plane, set('shop', RIGHT));
  await engine.decide(ANN, 5000);
  const { wall } = clock;
  clock.wall += 77;
  clock.mono += 10;
  await shadow.idle();
  assert.deepEqual(times.slice(1), [{ wallMs: wall, deadlineMs: clock.mono + 100, background: true }]);
});

test('a log that fails ends nothing: what was caught is distrusted, and others are verified', async () => {
  const told: string[] = [];
  const bench = await setUp(POLICY, ['shop', 'bank'], {
    ...ALL,
    onDifference: ({ provenance }) => {
      told.push(provenance.policySet);
      throw new Error('the disk is full');
    },
  });
  for (const name of ['shop', 'bank']) await activate(bench.plane, set(name));
  for (const policySet of ['shop', 'bank']) await bench.engine.decide({ ...SUSPENDED, policySet }, Infinity);
  await bench.shadow.idle();
  assert.deepEqual(told, ['shop', 'bank']);
  assert.deepEqual(
    bench.cache.figures().rows.flatMap(({ offReason }) => offReason ?? []),
    ['difference', 'difference'],
  );
});

test('once its footprint was caught, nothing that waits to be verified of an entrypoint is evaluated', async () => {
  const bench = await setUp(POLICY, ['shop'], ALL);
  await activate(bench.plane, set('shop'));
  for (let i = 0; i < 3; i++) await bench.engine.decide(SUSPENDED, Infinity);
  const before = bench.evaluations();
  await bench.shadow.idle();
  assert.equal(bench.evaluations() - before, 1);
  assert.deepEqual(figures(bench).shadow, { checked: 1, differed: 1, failed: 0, skipped: 2 });
  assert.equal(bench.differences.length, 1);
});

test('an evaluation that fails is no difference, contradicting rules are', async () => {
  const failures: [PortcullisError | Error, failed: number, kind: string | undefined][] = [
    [new PortcullisError('deadline_exceeded', ''), 1, undefined],
    [new PortcullisError('overloaded', ''), 1, undefined],
    [new PortcullisError('evaluation_limit', ''), 1, undefined],
    [new PortcullisError('evaluation_failed', 'the input is not JSON'), 1, undefined],
    [new TypeError('a defect'), 1, undefined],
    [new PortcullisError('evaluation_conflict', ''), 0, 'conflict'],
  ];
  for (const [error, failed, kind] of failures) {
    for (const later of [false, true]) {
      const bench = await setUp(
        (_entrypoint, input) => {
          if (!input?.includes('id')) return evaluation('true');
          if (later) return Promise.reject(error);
          throw error;
        },
        ['shop'],
        ALL,
      );
      await activate(bench.plane, set('shop', RIGHT));
      await bench.engine.decide(ANN, Infinity);
      await bench.shadow.idle();
      assert.equal(figures(bench).shadow.failed, failed, error.message);
      assert.equal(bench.differences[0]?.kind, kind);
      assert.equal((await bench.engine.decide(ANN, Infinity)).cached, kind === undefined);
    }
  }
});

test('an input of which a part cannot be built is verified by the rest', async () => {
  const bench = await setUp(POLICY, ['shop'], ALL);
  await activate(bench.plane, set('shop'));
  /** As a CheckRequest with a malformed body: whoever reads it is refused. */
  const view = (document: JsonValue): InputView => ({
    ...NO_INPUT_VIEW,
    project: (projector: Projector) => {
      if ((projector.tree.reads & 16) !== 0) throw new PortcullisError('json_invalid', 'the body');
      return projector.project(document);
    },
    document: () => document,
    extent: 'parts',
  });
  await bench.engine.decide(question({ input: view({ user: 'bob' }) }), Infinity);
  await bench.shadow.idle();
  assert.deepEqual(figures(bench).shadow, { checked: 1, differed: 0, failed: 0, skipped: 0 });
  await bench.engine.decide(question({ input: view({ user: 'ann', suspended: true }) }), Infinity);
  await bench.shadow.idle();
  assert.equal(bench.differences.length, 1);
  const { status } = await bench.engine.decide(question({ input: view({ user: 'bob' }) }), Infinity);
  assert.equal(status, 'input_invalid', 'the whole input is needed then');
});

test('an input of which only what was seen can be built is not counted as verified', async () => {
  const bench = await setUp(POLICY, ['shop'], ALL);
  await activate(bench.plane, set('shop'));
  const ask = async (json: string) => {
    const input = jsonBytesView(Buffer.from(json), { maxBytes: 100, maxDepth: 9 });
    const { allowed } = await bench.engine.decide(question({ input }), Infinity);
    await bench.shadow.idle();
    return [allowed, bench.events.at(-1)!.input.document(), bench.events.at(-1)!.input.extent];
  };
  const seen = await ask('{"user":"ann","suspended":true,"id":1,"id":2}');
  assert.deepEqual(JSON.stringify(seen), '[true,{"user":"ann"},"seen"]');
  assert.deepEqual(figures(bench).shadow, { checked: 0, differed: 0, failed: 0, skipped: 1 });
  const whole = await ask('{"user":"ann","id":1}');
  assert.deepEqual(JSON.stringify(whole), '[true,{"user":"ann","id":1},"whole"]');
  assert.deepEqual(figures(bench).shadow, { checked: 1, differed: 0, failed: 0, skipped: 1 });
});

test('verification costs its share and no more: what is too much is skipped and counted', async () => {
  let shadowed = 0;
  const { engine, plane, shadow, clock, cache } = await setUp(
    (_entrypoint, input) => {
      if (input?.includes('id')) {
        shadowed++;
        clock.mono += 50;
      }
      return evaluation('true');
    },
    ['shop'],
    { rate: 1, maxShare: 0.01 },
  );
  await activate(plane, set('shop', RIGHT));
  const total = 2000;
  for (let count = 0; count < total; count++) {
    clock.mono += 50;
    await engine.decide(ANN, Infinity);
    await shadow.idle();
  }
  const { checked, skipped } = cache.figures().rows[0]!.shadow;
  assert.equal(checked, shadowed);
  assert.equal(checked + skipped, total);
  assert.ok(checked >= 15 && checked * 50 <= 0.01 * clock.mono + 60, `${checked} of ${clock.mono} ms`);
});

test('a policy set whose evaluations are slow uses up nobody else’s share', async () => {
  const { engine, plane, shadow, clock, cache } = await setUp(
    (_entrypoint, input) => {
      if (input?.includes('slow') && input.includes('id')) clock.mono += 100;
      return evaluation('true');
    },
    ['slow', 'shop'],
    { rate: 1, maxShare: 0.01 },
  );
  for (const name of ['slow', 'shop']) await activate(plane, set(name, RIGHT));
  for (let count = 0; count < 20; count++) {
    for (const policySet of ['slow', 'shop']) {
      const json = `{"user":"${policySet}","id":${count}}`;
      await engine.decide(question({ json, policySet }), Infinity);
      await shadow.idle();
    }
  }
  const [slow, shop] = ['slow', 'shop'].map(
    (name) => cache.figures().rows.find(({ policySet }) => policySet === name)!.shadow,
  );
  assert.deepEqual([slow!.checked, shop!.checked], [1, 20]);
});

test('few wait to be verified, and each holds its snapshot', async () => {
  const { promise, resolve } = Promise.withResolvers<Evaluation>();
  const bench = await setUp(
    (_entrypoint, input) => (input?.includes('id') ? promise : evaluation('true')),
    ['shop'],
    ALL,
  );
  const { engine, plane, shadow, closed } = bench;
  await activate(plane, set('shop', RIGHT));
  for (let count = 0; count < 100; count++) await engine.decide(ANN, Infinity);
  assert.deepEqual(figures(bench).shadow, { checked: 0, differed: 0, failed: 0, skipped: 96 });
  await activate(plane, set('shop', RIGHT, { policyDigest: 'new', revisions: { policy: '2' } }));
  assert.deepEqual(closed, [], 'the old one is still asked');
  resolve(evaluation('true'));
  await shadow.idle();
  assert.equal(figures(bench).shadow.checked, 4);
  assert.deepEqual(closed, ['shop@1']);
});

test('entrypoints that may reach the network, or of which nothing is known, are not asked again', async () => {
  const table: PolicySetDescriptor[] = [
    descriptor('shop'),
    set('shop', { ...RIGHT, effects: new Map([['network', ['http.send']]]) }),
    set('shop', { ...RIGHT, effects: new Map([['random', ['rand.intn']]]) }),
  ];
  for (const each of table) {
    const { engine, plane, shadow, evaluations } = await setUp(POLICY, ['shop'], ALL);
    await activate(plane, each);
    for (let count = 0; count < 3; count++) await engine.decide(ANN, Infinity);
    await shadow.idle();
    assert.equal(evaluations(), 1);
  }
});

test('an evaluation under way when its footprint is caught is begun anew from the whole input', async () => {
  const { promise, resolve } = Promise.withResolvers<Evaluation>();
  const { engine, plane, shadow, events } = await setUp(
    (entrypoint, input) => (input === '{"user":"slow"}' ? promise : POLICY(entrypoint, input)),
    ['shop'],
    ALL,
  );
  await activate(plane, set('shop'));
  const slow = question({ json: '{"user":"slow","suspended":true}' });
  const waiting = engine.decide(slow, Infinity);
  await engine.decide(SUSPENDED, Infinity);
  await shadow.idle();
  resolve(evaluation('true'));
  const { allowed, id } = await waiting;
  assert.equal(allowed, false);
  assert.deepEqual(
    events.map(({ distrusted }) => distrusted),
    [false, true],
  );
  assert.equal(events.at(-1)!.decisionId, id, 'recorded once');
});
