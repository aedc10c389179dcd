import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DecisionEvent } from './decision-event.ts';
import { Metrics } from './metrics.ts';

const sources = {
  cache: () => ({
    maxBytes: 1000,
    maxEntries: 10,
    rows: [
      {
        policySet: 'shop',
        entrypoint: 'a/allow',
        entries: 3,
        bytes: 400,
        hits: 7,
        misses: 5,
        evicted: { once: 4, again: 0, hot: 1 },
        uncacheable: { clock: 2 },
        offReason: undefined,
        shadow: { checked: 6, differed: 1, failed: 0, skipped: 2 },
      },
      {
        policySet: 'shop',
        entrypoint: 'a/other',
        entries: 0,
        bytes: 0,
        hits: 0,
        misses: 0,
        evicted: { once: 0, again: 0, hot: 0 },
        uncacheable: {},
        offReason: 'difference',
        shadow: { checked: 0, differed: 0, failed: 0, skipped: 0 },
      },
      {
        policySet: 'shop',
        entrypoint: 'a/off',
        entries: 0,
        bytes: 0,
        hits: 0,
        misses: 0,
        evicted: { once: 0, again: 0, hot: 0 },
        uncacheable: {},
        offReason: 'operator',
        shadow: { checked: 0, differed: 0, failed: 0, skipped: 0 },
      },
    ],
  }),
  decisionLogs: () => [
    { written: 10, incomplete: 1, dropped: 1, buffered: 0 },
    { written: 5, incomplete: 2, dropped: 0, buffered: 2 },
  ],
};

const event = (parts: Partial<DecisionEvent>): DecisionEvent =>
  ({
    policySet: 'shop',
    entrypoint: 'a/allow',
    digest: 'd',
    status: 'allowed',
    cached: false,
    evaluationMs: 0.02,
    ...parts,
  }) as DecisionEvent;

test('decisions are counted by their labels, and the page can be read twice', async () => {
  const metrics = new Metrics(sources, { policySets: ['shop'], processMetrics: false });
  metrics.write(event({}));
  metrics.write(event({ cached: true, evaluationMs: 0 }));
  metrics.write(event({ cached: true, evaluationMs: 0 }));
  const refused = { entrypoint: 'anything\n', digest: '', evaluationMs: 0 };
  metrics.write(event({ ...refused, status: 'unknown_policy_set', policySet: 'anything\n' }));
  metrics.write(event({ ...refused, status: 'unknown_entrypoint' }));
  metrics.write(event({ ...refused, status: 'not_ready' }));
  metrics.write(event({ ...refused, status: 'not_ready', policySet: '' }));
  metrics.write(event({ status: 'input_invalid', evaluationMs: 0 }));
  metrics.write(event({ status: 'timeout', evaluationMs: 5_000 }));
  metrics.activation('shop', 'policy', 'activated', 'ok', 1_000);
  metrics.activation('shop', 'policy', 'refused', 'signature_invalid', 2_000);
  await metrics.page();
  const page = await metrics.page();
  const expected = [
    'portcullis_decisions_total{policy_set="shop",entrypoint="a/allow",status="allowed",cached="true"} 2',
    'portcullis_decisions_total{policy_set="shop",entrypoint="a/allow",status="allowed",cached="false"} 1',
    'portcullis_decisions_total{policy_set="unknown",entrypoint="unknown",status="unknown_policy_set",cached="false"} 1',
    'portcullis_decisions_total{policy_set="shop",entrypoint="unknown",status="unknown_entrypoint",cached="false"} 1',
    'portcullis_decisions_total{policy_set="shop",entrypoint="unknown",status="not_ready",cached="false"} 2',
    'portcullis_decisions_total{policy_set="shop",entrypoint="a/allow",status="input_invalid",cached="false"} 1',
    'portcullis_evaluation_seconds_count{policy_set="shop"} 2',
    'portcullis_bundle_activations_total{policy_set="shop",bundle="policy",result="activated",code="ok"} 1',
    'portcullis_bundle_activations_total{policy_set="shop",bundle="policy",result="refused",code="signature_invalid"} 1',
    'portcullis_bundle_activated_timestamp_seconds{policy_set="shop",bundle="policy"} 1',
    'portcullis_cache_entries{policy_set="shop",entrypoint="a/allow"} 3',
    'portcullis_cache_bytes{policy_set="shop",entrypoint="a/allow"} 400',
    'portcullis_cache_max_entries 10',
    'portcullis_cache_max_bytes 1000',
    'portcullis_cache_enabled{policy_set="shop",entrypoint="a/allow"} 1',
    'portcullis_cache_enabled{policy_set="shop",entrypoint="a/other"} 0',
    'portcullis_cache_hits_total{policy_set="shop",entrypoint="a/allow"} 7',
    'portcullis_cache_misses_total{policy_set="shop",entrypoint="a/allow"} 5',
    'portcullis_cache_evictions_total{policy_set="shop",entrypoint="a/allow",asked="once"} 4',
    'portcullis_cache_evictions_total{policy_set="shop",entrypoint="a/allow",asked="hot"} 1',
    'portcullis_cache_uncacheable_total{policy_set="shop",entrypoint="a/allow",reason="clock"} 2',
    'portcullis_cache_shadow_total{policy_set="shop",entrypoint="a/allow",result="agreed"} 5',
    'portcullis_cache_distrusted{policy_set="shop",entrypoint="a/other"} 1',
    'portcullis_cache_distrusted{policy_set="shop",entrypoint="a/off"} 0',
    'portcullis_cache_enabled{policy_set="shop",entrypoint="a/off"} 0',
    'portcullis_decision_log_entries_total{result="written"} 15',
    'portcullis_decision_log_entries_total{result="incomplete"} 3',
    'portcullis_decision_log_entries_total{result="dropped"} 1',
    'portcullis_decision_log_buffered 2',
  ];
  const lines = page.split('\n');
  for (const line of expected) assert.ok(lines.includes(line), `${line}\nin\n${page}`);
});

test('among several policy sets, a question that names none belongs to none', async () => {
  const metrics = new Metrics(sources, { policySets: ['shop', 'bank'], processMetrics: false });
  metrics.write(event({ status: 'unknown_policy_set', policySet: '', digest: '', evaluationMs: 0 }));
  const page = await metrics.page();
  assert.match(page, /portcullis_decisions_total\{policy_set="unknown",/);
  assert.doesNotMatch(page, /portcullis_evaluation_seconds_count/);
});

test('evaluations are counted by the first bound that they do not exceed, cumulated', async () => {
  const metrics = new Metrics(sources, { policySets: ['shop'], processMetrics: false });
  for (const evaluationMs of [0.005, 0.006, 5_000, 0]) metrics.write(event({ evaluationMs }));
  const page = await metrics.page();
  const lines = page.split('\n').filter((line) => line.startsWith('portcullis_evaluation_seconds'));
  assert.equal(lines[0], 'portcullis_evaluation_seconds_bucket{le="0.000005",policy_set="shop"} 1');
  assert.equal(lines[1], 'portcullis_evaluation_seconds_bucket{le="0.00001",policy_set="shop"} 2');
  assert.deepEqual(lines.slice(-3), [
    'portcullis_evaluation_seconds_bucket{le="+Inf",policy_set="shop"} 3',
    'portcullis_evaluation_seconds_sum{policy_set="shop"} 5.000011',
    'portcullis_evaluation_seconds_count{policy_set="shop"} 3',
  ]);
  assert.ok(page.includes('# TYPE portcullis_evaluation_seconds histogram'));
  const values = (await metrics.registry.getMetricsAsJSON()).find(({ name }) =>
    name.includes('evaluation_s'),
  );
  assert.equal(values?.values.length, lines.length);
  assert.equal(values?.aggregator, 'sum');
});

test('what is counted by one provenance never counts for another', async () => {
  const metrics = new Metrics(sources, { policySets: ['shop'], processMetrics: false });
  const [allow, other] = [{}, {}];
  for (const provenance of [allow, other, other, allow, undefined, undefined]) {
    const entrypoint = provenance === other ? 'a/other' : provenance === allow ? 'a/allow' : 'a/none';
    metrics.write(event({ provenance, entrypoint, evaluationMs: 0 }));
  }
  const page = await metrics.page();
  for (const entrypoint of ['a/allow', 'a/other', 'a/none'])
    assert.match(page, new RegExp(`entrypoint="${entrypoint}",status="allowed",cached="false"} 2`));
});
