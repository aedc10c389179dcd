import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ManifestFinding } from '../bundle/bundle.ts';
import { systemClock } from '../clock.ts';
import type { Config } from '../config/schema.ts';
import { PortcullisError } from '../errors.ts';
import { type Footprint, WHOLE } from '../policy/plan/footprint.ts';
import type { Attempt } from '../reload/bundle-keeper.ts';
import { attemptReport } from './attempt-report.ts';
import type { Observability } from './observability.ts';

const finding = (entrypoint: string, certain: boolean): ManifestFinding => ({
  entrypoint,
  kind: 'order',
  place: 'p.rego:3:1',
  certain,
  message: 'goes through a set',
});

const ATTEMPT = {
  policySet: 'shop',
  bundle: 'policy',
  result: 'activated',
  error: undefined,
  attempts: 0,
  restored: false,
  status: { source: 'file:x', active: { revision: 'r' } },
  findings: [finding('a/first', true), finding('a/maybe', false), finding('a/planned', true)],
} as unknown as Attempt;

test('an activation warns of entrypoints that the module answers otherwise than OPA, unless their plan does', () => {
  const lines: unknown[][] = [];
  const counted: unknown[][] = [];
  const logger = {
    info: (...line: unknown[]) => lines.push(['info', ...line]),
    warn: (...line: unknown[]) => lines.push(['warn', ...line]),
  };
  const metrics = { activation: (...figures: unknown[]) => counted.push(figures) };
  const policySets = { shop: { bundles: {}, evaluators: { 'a/planned': 'plan' } } } as Config['policySets'];
  attemptReport({ logger, metrics } as unknown as Observability, { policySets }, systemClock)(ATTEMPT);
  const fields = { policy_set: 'shop', bundle: 'policy', source: 'file:x', restored: false, revision: 'r' };
  assert.deepEqual(lines, [
    ['info', fields, 'bundle activated'],
    [
      'warn',
      { ...fields, entrypoint: 'a/first', places: ['p.rego:3:1: goes through a set'] },
      'the module answers otherwise than OPA: let the plan evaluator answer (evaluators)',
    ],
  ]);
  assert.deepEqual(counted[0]?.slice(0, 4), ['shop', 'policy', 'activated', 'ok']);
});

test('a refusal names the revision that stays as the active one', () => {
  const lines: unknown[][] = [];
  const logger = { warn: (...line: unknown[]) => lines.push(line) };
  const observability = { logger, metrics: { activation: () => undefined } } as unknown as Observability;
  const error = new PortcullisError('bundle_vectors_failed', '1 of 2 vectors failed');
  const attempt: Attempt = { ...ATTEMPT, result: 'refused', error, attempts: 1, findings: [] };
  attemptReport(observability, { policySets: {} }, systemClock)(attempt);
  const about = {
    policy_set: 'shop',
    bundle: 'policy',
    source: 'file:x',
    restored: false,
    active_revision: 'r',
  };
  const why = { code: 'bundle_vectors_failed', reason: '1 of 2 vectors failed', attempts: 1 };
  assert.deepEqual(lines, [[{ ...about, ...why }, 'bundle refused']]);
});

const footprint = (parts: Partial<Footprint>): Footprint => ({
  input: { reads: 0 },
  data: { reads: 0 },
  effects: new Map(),
  clock: 'unread',
  fullReads: [],
  ...parts,
});

test('an activation says how it was proved, and which answers are seldom found in the cache', () => {
  const activation = {
    descriptor: {
      modules: [
        { bundle: 'policy', entrypoints: { 'a/good': 0, 'a/whole': 1, 'a/unknown': 2, 'a/now': 3 } },
        { bundle: 'other', entrypoints: { 'b/unknown': 0 } },
      ],
      entrypoints: ['a/good', 'a/whole', 'a/unknown', 'a/now', 'b/unknown'],
      footprints: new Map([
        ['a/good', footprint({})],
        ['a/whole', footprint({ input: WHOLE })],
        ['a/now', footprint({ clock: 'free', effects: new Map([['clock', ['time.now_ns']]]) })],
      ]),
    },
    unknown: new Map([['a/unknown', 'its bundle binds no plan']]),
    proof: { inputs: 300, skipped: 2, tookMs: 12.4 },
  } as unknown as Attempt['activation'];
  const reported = (policySet: object): readonly unknown[][] => {
    const lines: unknown[][] = [];
    const logger = { info: (...line: unknown[]) => lines.push(line), warn: () => undefined };
    const parts = { logger, metrics: { activation: () => undefined } } as unknown as Observability;
    const policySets = { shop: policySet } as Config['policySets'];
    attemptReport(parts, { policySets }, systemClock)({ ...ATTEMPT, findings: [], activation });
    return lines;
  };
  const [activated, notes] = reported({});
  assert.deepEqual((activated![0] as { proof: unknown }).proof, { inputs: 300, skipped: 2, took_ms: 12 });
  assert.deepEqual((notes![0] as { entrypoints: unknown }).entrypoints, [
    'a/whole: cacheable, but found again only for the very same input',
    'a/unknown: its bundle binds no plan',
    'a/now: cacheable only with a time resolution',
  ]);
  const [, withResolution] = reported({ timeResolution: 1000 });
  assert.equal((withResolution![0] as { entrypoints: unknown[] }).entrypoints.length, 2);
});
