/**
 * Rebuilds bundles/: tests, builds and signs the demo's policies with a fresh key pair. Only the public half is stored,
 * so nobody can sign another bundle that the demo accepts.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { uncoveredPlaces } from '../src/authoring/coverage.ts';
import { packBundle } from '../src/authoring/pack.ts';
import { testPolicies } from '../src/authoring/policy-test.ts';
import { generateKeyPair, loadSigningKey } from '../src/bundle/keys.ts';
import { DEMO_BUILD } from './demo-build.ts';

const MIN_COVERAGE_PERCENT = 95;
const root = join(import.meta.dirname, '..');
const out = join(root, 'bundles');

const nowMs = Date.now();
const report = await testPolicies({
  ...DEMO_BUILD,
  sequence: Math.floor(nowMs / 1000),
  coverageThreshold: MIN_COVERAGE_PERCENT,
});
for (const { passed, name, summary, details, coverage } of report.steps) {
  console.log(`${passed ? 'ok  ' : 'FAIL'} ${name}: ${summary}${details === '' ? '' : `\n${details}`}`);
  if (coverage !== undefined) for (const place of uncoveredPlaces(coverage)) console.log(`not run: ${place}`);
}
if (!report.passed || report.bundle === undefined) process.exit(1);

const pair = generateKeyPair('ES256');
const key = loadSigningKey({ algorithm: 'ES256', text: pair.signingKey });
const archive = await packBundle(report.bundle, { key, keyId: 'shop', nowMs });
await mkdir(out, { recursive: true });
await writeFile(join(out, 'shop.tar.gz'), archive);
await writeFile(join(out, 'shop.pub.pem'), pair.verificationKey);
console.log(`Wrote bundles/shop.tar.gz (${archive.length} bytes) and bundles/shop.pub.pem.`);
