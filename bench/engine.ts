/**
 * The engine's share of a decision that is found in the cache, step by step: everything between a question and its decision,
 * with metrics, shadow sampling and the queue of the decision log. The view gives a key that is there, as a scan does.
 * `npx node bench/engine.ts` prints microseconds a decision.
 */
import { Buffer } from 'node:buffer';
import { systemClock } from '../src/clock.ts';
import { DecisionCache } from '../src/decision/cache.ts';
import { DataPlane } from '../src/decision/data-plane.ts';
import type { Decision, Question } from '../src/decision/decision.ts';
import { decisionId } from '../src/decision/decision-id.ts';
import { Engine } from '../src/decision/engine.ts';
import type { Extent, InputView } from '../src/decision/input-view.ts';
import { DecisionRecord } from '../src/decision/record.ts';
import { ShadowVerifier } from '../src/decision/shadow.ts';
import type { DecisionSink } from '../src/observe/decision-event.ts';
import { EventQueue } from '../src/observe/event-queue.ts';
import { Metrics } from '../src/observe/metrics.ts';
import type { Projection } from '../src/policy/projection/projection.ts';
import { activate, CACHE, descriptor, evaluation, footprint } from '../test/support/engine.ts';
import { measure } from './measure.ts';

/** Different inputs, each of which is asked again and again. */
const INPUTS = 1000;

/** A key of 150 characters for each, as bytes: a scan makes a new string of them each time. */
const keys = Array.from({ length: INPUTS }, (_, i) =>
  Buffer.from(
    `j{"attributes":{"request":{"http":{"headers":{"x-role":"role ${i % 7}"},"method":"GET","path":"/orders/items/${String(i).padStart(4, '0')}/details"}}},"source_principal":"x"}`,
  ),
);
const keyOf = (turn: number): string => keys[turn % INPUTS]!.toString('latin1');

class KeyView implements InputView {
  readonly sizeBytes = 600;
  readonly extent: Extent = 'whole';
  readonly source: Uint8Array;
  readonly #key: string;

  constructor(key: string, source: Uint8Array) {
    this.#key = key;
    this.source = source;
  }

  project(): Projection {
    return { key: this.#key, json: undefined };
  }

  document(): undefined {
    return undefined;
  }
}

const cache = new DecisionCache({ ...CACHE, maxEntries: 100_000, maxBytes: 1 << 26 });
const create = async () => ({
  evaluate: () => evaluation('{"allowed":true,"headers":{"x-user":"alice"}}'),
  close: () => {},
});
const plane = new DataPlane(['shop'], create, cache);
await activate(plane, descriptor('shop', { footprints: new Map([['a/allow', footprint('path')]]) }));
const entrypoint = plane.lease().policySet('shop').entrypoint('');

const metrics = new Metrics(
  { cache: () => cache.figures(), decisionLogs: () => [] },
  { policySets: ['shop'], processMetrics: false },
);
const shadow = new ShadowVerifier({
  rate: 0.001,
  maxShare: 0.01,
  clock: systemClock,
  random: Math.random,
  onDifference: () => {},
});
/** Takes what waits away in batches, as the log does. */
const queue = new EventQueue({ maxBufferedEvents: 10_000, maxBufferedBytes: 1 << 26 });
const queued: DecisionSink = {
  write: (event) => {
    queue.offer(event);
    if (queue.length < 128) return;
    while (queue.take() !== undefined);
  },
};

const engines = {
  bare: new Engine(plane, [], systemClock),
  metrics: new Engine(plane, [metrics], systemClock),
  shadow: new Engine(plane, [metrics], systemClock, { shadow }),
  queue: new Engine(plane, [metrics, queued], systemClock, { shadow }),
};

const caller = { requestedBy: '127.0.0.1:1234', api: 'ext_authz' };
const verify = (): void => {};
const refusal = undefined;
const questionOf = (turn: number, noCache = false): Question => {
  const input = new KeyView(keyOf(turn), keys[turn % INPUTS]!);
  return { policySet: 'shop', entrypoint: '', input, noCache, caller, verify, refusal };
};
const decide = (engine: Engine, turn: number, noCache = false): Decision =>
  engine.decide(questionOf(turn, noCache), Number.POSITIVE_INFINITY) as Decision;

for (let i = 0; i < INPUTS; i++) decide(engines.bare, i);
if (!decide(engines.queue, 0).cached) throw new Error('the question is not answered from the cache');
const recorded = decide(engines.bare, 0) as DecisionRecord;
const nowMs = Date.now();

const figures = await measure('engine', {
  'question alone': (turn) => questionOf(turn),
  'key alone': keyOf,
  'key, look-up': (turn) => entrypoint.answers.get(keyOf(turn), nowMs),
  'decision id': () => decisionId(),
  'wall clock': () => systemClock.wallMs(),
  'lease, entrypoint': () => {
    const snapshot = plane.lease();
    const found = snapshot.policySet('shop').entrypoint('');
    snapshot.release();
    return found;
  },
  'record object': () => new DecisionRecord('id', undefined, nowMs, recorded.question),
  'metrics tally': () => metrics.write(recorded),
  'log queue': () => queued.write(recorded),
  'cached, no sinks': (turn) => decide(engines.bare, turn),
  'cached, metrics': (turn) => decide(engines.metrics, turn),
  'cached, metrics, shadow': (turn) => decide(engines.shadow, turn),
  'cached, metrics, shadow, queue': (turn) => decide(engines.queue, turn),
  'not cached, metrics, shadow, queue': (turn) => decide(engines.queue, turn, true),
});
const whole = figures['cached, metrics, shadow, queue'];
const question = figures['question alone'];
if (whole !== undefined && question !== undefined && !process.argv.includes('--json'))
  console.log(`the engine's share of a cached decision: ${(whole.us - question.us).toFixed(2)} µs`);
