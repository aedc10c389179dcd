import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ManifestFinding } from '../bundle/bundle.ts';
import { systemClock } from '../clock.ts';
import type { Config } from '../config/schema.ts';
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
