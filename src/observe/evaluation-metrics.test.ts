import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Registry } from 'prom-client';
import { type EvaluationSource, registerEvaluations } from './evaluation-metrics.ts';

test('figures of evaluations are read at each scrape, by policy set', async () => {
  const registry = new Registry();
  const lost = { deadline: 1, crash: 0 };
  let inThreads = 7;
  const source: EvaluationSource = {
    interrupted: 5,
    get inThreads() {
      return inThreads;
    },
    joined: 3,
    overloaded: 2,
    lost,
    gauges: () => ({ instances: 4, bytes: 65_536, threads: 1, queued: 6 }),
  };
  registerEvaluations(
    {
      cache: () => assert.fail('not asked'),
      decisionLogs: () => [],
      evaluations: () => new Map([['shop', source]]),
    },
    [registry],
  );
  const values = async (): Promise<Record<string, string>> => {
    const lines = (await registry.metrics())
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    return Object.fromEntries(lines.map((line) => line.split(' ') as [string, string]));
  };
  const expected = {
    'portcullis_policy_memory_bytes{policy_set="shop"}': '65536',
    'portcullis_policy_instances{policy_set="shop"}': '4',
    'portcullis_policy_threads{policy_set="shop"}': '1',
    'portcullis_policy_thread_queue{policy_set="shop"}': '6',
    'portcullis_evaluations_interrupted_total{policy_set="shop"}': '5',
    'portcullis_evaluations_in_threads_total{policy_set="shop"}': '7',
    'portcullis_evaluations_joined_total{policy_set="shop"}': '3',
    'portcullis_evaluations_overloaded_total{policy_set="shop"}': '2',
    'portcullis_policy_threads_lost_total{policy_set="shop",reason="deadline"}': '1',
    'portcullis_policy_threads_lost_total{policy_set="shop",reason="crash"}': '0',
  };
  assert.deepEqual(await values(), expected);
  inThreads++;
  lost.crash++;
  const next = await values();
  assert.equal(next['portcullis_evaluations_in_threads_total{policy_set="shop"}'], '8');
  assert.equal(next['portcullis_policy_threads_lost_total{policy_set="shop",reason="crash"}'], '1');
});
