/**
 * What entries of the decision cache cost, and what they are accounted for. `npx node --expose-gc bench/cache-bytes.ts`
 * prints bytes an entry, with answers encoded once for the wire as a first hit does.
 */
import { DecisionCache } from '../src/decision/cache.ts';
import type { Decision } from '../src/decision/decision.ts';
import { interpret } from '../src/decision/outcome.ts';
import { writeCheckResponse } from '../src/services/decision-writer.ts';

const ENTRIES = 40_000;
const collect = (globalThis as { gc?: () => void }).gc;
if (collect === undefined) throw new Error('run with --expose-gc');

function usedBytes(): number {
  collect!();
  collect!();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** As strings arrive: flat, and each its own. */
const text = (of: string): string => Buffer.from(of).toString();

const cases: Readonly<Record<string, readonly [keyFill: string, json: (i: number) => string]>> = {
  'true, key of 80 ASCII characters': ['x', () => 'true'],
  'true, key of 80 Latin-1 characters': ['é', () => 'true'],
  'true, key of 80 other characters': ['ж', () => 'true'],
  'a text of 1,000 characters': ['x', (i) => `"${String(i).padEnd(1000, 'v')}"`],
  'a text of 1,000 other characters': ['x', (i) => `"${String(i).padEnd(1000, 'ж')}"`],
  'a reason': ['x', (i) => `{"allowed":false,"reason":"not yours ${i}"}`],
  'a reason and two headers': [
    'x',
    (i) => `{"allowed":true,"reasons":["because ${i}"],"headers":{"x-user":"u${i}","x-role":"admin"}}`,
  ],
  'ten empty objects': ['x', (i) => `{"allowed":true,"n":${i},"x":[{},{},{},{},{},{},{},{},{},{}]}`],
  'ten empty arrays': ['x', (i) => `{"allowed":true,"n":${i},"x":[[],[],[],[],[],[],[],[],[],[]]}`],
  'eight numbers': ['x', (i) => `{"allowed":true,"n":${i},"x":[1.5,2.5,3.5,4.5,5.5,6.5,7.5,8.5]}`],
  'nested objects': ['x', (i) => `{"allowed":true,"n":${i},"x":{"a":{"b":{"c":{"d":{"e":1}}}}}}`],
};

const provenance = { policySet: 'shop', entrypoint: 'allow', revisions: {}, digest: 'ab' };

function measure(keyFill: string, json: (i: number) => string): { measured: number; accounted: number } {
  const cache = new DecisionCache({
    enabled: true,
    maxBytes: 2 ** 31,
    maxEntries: ENTRIES,
    maxAgeMs: 60_000,
  });
  const answers = cache.entrypoint('shop', 'allow').answers('v1');
  const wallMs = Date.now();
  const before = usedBytes();
  for (let i = 0; i < ENTRIES; i++) {
    const outcome = interpret(text(json(i)));
    answers.set(text(String(i).padEnd(80, keyFill)), outcome, { fromMs: wallMs - i, untilMs: wallMs + i });
    const decision: Decision = {
      ...outcome,
      id: String(i),
      allowed: outcome.status === 'allowed',
      provenance,
      cached: true,
      cacheOff: false,
      cacheable: true,
      validUntilMs: wallMs + i,
      evaluationMs: 0,
      failure: undefined,
    };
    writeCheckResponse(decision);
  }
  const measured = (usedBytes() - before) / ENTRIES;
  return { measured, accounted: cache.figures().bytes / ENTRIES };
}

console.log('| | measured | accounted |\n|---|---:|---:|');
for (const [name, [keyFill, json]] of Object.entries(cases)) {
  const { measured, accounted } = measure(keyFill, json);
  console.log(`| ${name} | ${measured.toFixed(0)} | ${accounted.toFixed(0)} |`);
}
