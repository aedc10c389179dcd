import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PortcullisError, toPortcullisError } from '../../errors.ts';
import { type PreparedPolicySet, unprepared } from '../../policy/prepared.ts';
import { Conversation } from './conversation.ts';
import type { WorkerCalls } from './protocol.ts';
import { type PolicySetWorker, WorkerPolicySets } from './worker-policy-sets.ts';
import type { WorkerEnd } from './worker-thread.ts';

type Message = Parameters<Conversation<WorkerCalls>['receive']>[0];

/** A worker without a thread, which notes what it is told. */
class FakeWorker implements PolicySetWorker {
  readonly active: Map<string, PreparedPolicySet> = new Map();
  readonly calls: Conversation<WorkerCalls>;
  /** What it was told, such as `activate v1`. */
  readonly told: string[] = [];
  /** The revision that it answers from, by policy set. */
  readonly answers: Map<string, string> = new Map();
  /** Called with what it is told, before it does it. */
  onTold: (what: string) => void | Promise<void> = () => {};
  endedFor: WorkerEnd | undefined;
  readonly #staged = new Map<number, PreparedPolicySet>();

  constructor() {
    const mine: Pick<WorkerCalls, 'stage' | 'activate' | 'discard' | 'usable'> = {
      stage: async ({ number, prepared }) => {
        await this.#note(`stage ${revisionOf(prepared)}`);
        this.#staged.set(number, prepared);
      },
      activate: (number) => {
        const prepared = this.#take(number);
        this.answers.set(prepared.descriptor.name, revisionOf(prepared));
        return this.#note(`activate ${revisionOf(prepared)}`) as unknown as void;
      },
      discard: (number) => void this.#note(`discard ${revisionOf(this.#take(number))}`),
      usable: ({ policySet, usable }) => void this.#note(`${policySet} ${usable ? 'usable' : 'unusable'}`),
    };
    const theirs = new Conversation({ postMessage: (answer) => this.calls.receive(answer as Message) }, mine);
    this.calls = new Conversation({ postMessage: (call) => theirs.receive(call as Message) }, {});
  }

  get ended(): boolean {
    return this.endedFor !== undefined;
  }

  async end(why: WorkerEnd, error: unknown): Promise<void> {
    this.endedFor ??= why;
    this.calls.end(toPortcullisError(error));
  }

  async #note(what: string): Promise<void> {
    this.told.push(what);
    await this.onTold(what);
  }

  #take(number: number): PreparedPolicySet {
    const prepared = this.#staged.get(number);
    assert.ok(prepared !== undefined, `${number} was staged`);
    this.#staged.delete(number);
    return prepared;
  }
}

const revisionOf = ({ descriptor }: PreparedPolicySet): string => descriptor.policyDigest;

const policySet = (revision: string, name = 'shop'): PreparedPolicySet =>
  unprepared({ name, policyDigest: revision } as PreparedPolicySet['descriptor']);

const refusal = (): PortcullisError => new PortcullisError('bundle_vectors_failed', 'wrong answer');

/** Policy sets with so many workers that serve from the start. */
async function planes(count: number) {
  const serving = Array.from({ length: count }, () => new FakeWorker());
  const policySets = new WorkerPolicySets<FakeWorker>(['shop', 'bank']);
  for (const worker of serving) await policySets.join(worker);
  const activate = async (prepared: PreparedPolicySet): Promise<void> => {
    const staged = await policySets.stage(prepared);
    await staged.activate();
  };
  return { serving, policySets, activate };
}

test('all swap in the same turn, and listeners are told when all have', async () => {
  const { serving, policySets } = await planes(2);
  const [first, second] = serving;
  const staged = await policySets.stage(policySet('v1'));
  const slow = Promise.withResolvers<void>();
  second!.onTold = () => slow.promise;
  const changed: string[] = [];
  policySets.onChange((name) => changed.push(name));
  const activated = staged.activate();
  for (const { told } of [first!, second!]) assert.deepEqual(told, ['stage v1', 'activate v1']);
  await new Promise(setImmediate);
  assert.deepEqual(changed, []);
  slow.resolve();
  await activated;
  assert.deepEqual(changed, ['shop']);
});

test('what one refuses is discarded by the others, and nothing changes', async () => {
  const { serving, policySets, activate } = await planes(3);
  await activate(policySet('v1'));
  serving[1]!.onTold = () => {
    throw refusal();
  };
  await assert.rejects(activate(policySet('v2')), { code: 'bundle_vectors_failed' });
  assert.deepEqual(
    serving.map(({ told }) => told.slice(2)),
    [['stage v2', 'discard v2'], ['stage v2'], ['stage v2', 'discard v2']],
  );
  assert.equal(policySets.active().get('shop')?.policyDigest, 'v1');
});

test('one that ends while it builds is no refusal; with nobody left there is one', async () => {
  const { serving, activate } = await planes(2);
  const [first, second] = serving;
  first!.onTold = () => first!.end('crash', new Error('gone'));
  await activate(policySet('v1'));
  assert.deepEqual(second!.told, ['stage v1', 'activate v1']);
  second!.onTold = () => second!.end('crash', new Error('gone'));
  await assert.rejects(activate(policySet('v2')), { code: 'bundle_preparation_failed' });
});

test('with all gone, also one that had built it already, there is nobody to activate it', async () => {
  const { serving, policySets } = await planes(2);
  const [first, second] = serving;
  second!.onTold = async () => {
    await new Promise(setImmediate);
    await first!.end('crash', new Error('gone'));
    await second!.end('crash', new Error('gone'));
  };
  await assert.rejects(policySets.stage(policySet('v1')), { code: 'bundle_preparation_failed' });
});

test('a worker that joins is given what is active, and told what must not be answered from', async () => {
  const { policySets, activate } = await planes(1);
  await activate(policySet('v1'));
  await activate(policySet('b1', 'bank'));
  policySets.setUsable('shop', false);
  policySets.setUsable('bank', false);
  policySets.setUsable('bank', true);
  assert.deepEqual([...policySets.active().keys()], ['bank']);
  const joining = new FakeWorker();
  await policySets.join(joining);
  assert.deepEqual(joining.told, ['stage v1', 'activate v1', 'stage b1', 'activate b1', 'shop unusable']);
  policySets.setUsable('shop', true);
  assert.equal(joining.told.at(-1), 'shop usable');
});

test('one that joined while a policy set was staged is given it before the activation is acknowledged', async () => {
  const { policySets, activate } = await planes(1);
  await activate(policySet('v1'));
  const staged = await policySets.stage(policySet('v2'));
  const joining = new FakeWorker();
  await policySets.join(joining);
  assert.equal(joining.answers.get('shop'), 'v1');
  await staged.activate();
  assert.equal(joining.answers.get('shop'), 'v2');
});

test('one that joined meanwhile is given only what is new to it', async () => {
  const { policySets, activate } = await planes(1);
  const staged = await policySets.stage(policySet('b1', 'bank'));
  const joining = new FakeWorker();
  await policySets.join(joining);
  await activate(policySet('v1'));
  await staged.activate();
  assert.deepEqual(joining.told, ['stage v1', 'activate v1', 'stage b1', 'activate b1']);
});

test('one that joined meanwhile and refuses what the others answer from is ended before the activation is acknowledged', async () => {
  const { serving, policySets } = await planes(1);
  const staged = await policySets.stage(policySet('v1'));
  const joining = new FakeWorker();
  await policySets.join(joining);
  joining.onTold = () => {
    throw refusal();
  };
  await staged.activate();
  assert.equal(joining.endedFor, 'refused');
  assert.equal(joining.answers.get('shop'), undefined);
  assert.equal(serving[0]!.answers.get('shop'), 'v1');
});

test('one that refuses what is active when it joins is ended, and not added', async () => {
  const { policySets, activate } = await planes(1);
  await activate(policySet('v1'));
  const joining = new FakeWorker();
  joining.onTold = () => {
    throw refusal();
  };
  await assert.rejects(policySets.join(joining), { code: 'bundle_vectors_failed' });
  assert.equal(joining.endedFor, 'refused');
  assert.equal(policySets.workers.length, 1);
});

test('what one is given late does not replace what it was given meanwhile', async () => {
  const { policySets, activate } = await planes(1);
  const shop = await policySets.stage(policySet('v1'));
  const bank = await policySets.stage(policySet('b1', 'bank'));
  const joining = new FakeWorker();
  await policySets.join(joining);
  // Both activations give it what it lacks, and find v1 among that; one of them is slow.
  const slow = Promise.withResolvers<void>();
  let given = 0;
  joining.onTold = (what) => (what === 'stage v1' && ++given === 2 ? slow.promise : undefined);
  const shopLive = shop.activate();
  const bankLive = bank.activate();
  await shopLive;
  await activate(policySet('v2'));
  slow.resolve();
  await bankLive;
  assert.equal(joining.told.filter((what) => what === 'activate v1').length, 1);
  assert.equal(joining.told.at(-1), 'discard v1');
  assert.deepEqual(Object.fromEntries(joining.answers), { shop: 'v2', bank: 'b1' });
});

/** More steps of promises than any part of joining takes after the last answer of the worker. */
const STEPS = 12;

for (let steps = 0; steps < STEPS; steps++) {
  test(`an activation ${steps} steps after the last answer of a worker that joins is not missed`, async () => {
    const { policySets, activate } = await planes(1);
    await activate(policySet('v1'));
    const staged = await policySets.stage(policySet('v2'));
    const joining = new FakeWorker();
    let activated: Promise<unknown> | undefined;
    joining.onTold = (what) => {
      if (what === 'activate v1') activated = later(steps).then(() => staged.activate());
    };
    await policySets.join(joining);
    await activated;
    assert.equal(joining.answers.get('shop'), 'v2');
  });
}

async function later(steps: number): Promise<void> {
  for (let step = 0; step < steps; step++) await Promise.resolve();
}
