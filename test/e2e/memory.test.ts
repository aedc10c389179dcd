// needs: opa
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const program = join(fileURLToPath(import.meta.url), '../../support/swap-memory.ts');

test('memory is flat over 1,000 swaps', (t) => {
  const run = spawnSync(process.execPath, ['--expose-gc', program], { encoding: 'utf8', timeout: 280_000 });
  assert.equal(run.status, 0, run.stderr);
  const { swaps, answers, early, late } = JSON.parse(run.stdout) as {
    swaps: number;
    answers: number;
    early: Usage;
    late: Usage;
  };
  const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
  for (const kind of ['heapUsed', 'external', 'rss'] as const) {
    t.diagnostic(`${kind}: ${mib(early[kind])} after 100 swaps, ${mib(late[kind])} after ${swaps}`);
  }
  assert.equal(swaps, 1000);
  assert.equal(answers, 1000);
  // One policy set kept by mistake costs more than 200 KiB in each of these; 900 of them would be far above the bounds.
  assert.ok(late.heapUsed - early.heapUsed < 10 * 2 ** 20);
  assert.ok(late.external - early.external < 10 * 2 ** 20);
  assert.ok(late.rss - early.rss < 60 * 2 ** 20);
});

interface Usage {
  readonly heapUsed: number;
  readonly external: number;
  readonly rss: number;
}
