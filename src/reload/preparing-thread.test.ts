import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_ARCHIVE_LIMITS } from '../bundle/archive.ts';
import { PortcullisError } from '../errors.ts';
import { PreparingThread, type PreparingThreadOptions } from './preparing-thread.ts';
import { Turns } from './turns.ts';

const thread = (code: string, options: Partial<PreparingThreadOptions> = {}): PreparingThread =>
  new PreparingThread({
    policySet: 'set',
    knownBuiltins: new Set(),
    limits: undefined,
    maxGeneratedInputs: undefined,
    oneDataPlane: true,
    turns: new Turns(1),
    file: new URL(`data:text/javascript,${encodeURIComponent(code)}`),
    ...options,
  });

const open = (preparer: PreparingThread): Promise<unknown> =>
  preparer.open(
    {
      archive: Buffer.from('x'),
      rules: {
        name: 'policy',
        limits: DEFAULT_ARCHIVE_LIMITS,
        verification: 'unsigned-allowed',
        requireVectors: false,
      },
    },
    undefined,
  );

const LISTEN = "import { parentPort } from 'node:worker_threads'; parentPort.on('message', () => {";

const ENDS: readonly [name: string, code: string, options: Partial<PreparingThreadOptions>, says: RegExp][] =
  [
    ['crashes', `${LISTEN} throw new Error('out of order'); });`, {}, /out of order/],
    ['cannot start', "throw new Error('no start')", {}, /no start/],
    ['exits', `${LISTEN} process.exit(3); });`, {}, /exit code 3/],
    ['hangs', `${LISTEN} for (;;); });`, { deadlineMs: 1500 }, /within 1.5 seconds/],
    [
      'uses up its memory',
      `${LISTEN} const kept = []; for (;;) kept.push(new Array(10_000).fill(0).map((_, n) => ({ n }))); });`,
      { maxHeapBytes: 32 * 1024 * 1024 },
      /memory limit/,
    ],
  ];

for (const [name, code, options, says] of ENDS) {
  test(`a thread that ${name} is an activation that failed, and the next one is another thread`, async (t) => {
    const preparer = thread(code, options);
    t.after(() => preparer.close());
    for (let round = 0; round < 2; round++) {
      await assert.rejects(open(preparer), (thrown) => {
        assert.ok(thrown instanceof PortcullisError);
        assert.equal(thrown.code, 'bundle_preparation_failed');
        assert.match(thrown.message, says);
        return true;
      });
    }
  });
}

test('a thread that prepared large data is not kept for the next job, one that prepared little is', async (t) => {
  const code = (bytes: number): string =>
    `${LISTEN} globalThis.jobs = (globalThis.jobs ?? 0) + 1; parentPort.postMessage({ kind: 'done', result: {
      jobs, prepared: { descriptor: { dataJson: new Uint8Array(${bytes}) } } } }); });`;
  for (const [bytes, jobs] of [
    [1000, 2],
    [2_000_000, 1],
  ] as const) {
    const preparer = thread(code(bytes));
    t.after(() => preparer.close());
    await open(preparer);
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(((await open(preparer)) as { readonly jobs: number }).jobs, jobs);
  }
});

test('closing ends what is under way, and nothing begins after it', async () => {
  const preparer = thread(`${LISTEN} for (;;); });`);
  const under = assert.rejects(open(preparer), { code: 'cancelled' });
  await new Promise((resolve) => setTimeout(resolve, 50));
  await preparer.close();
  await under;
  await assert.rejects(open(preparer), { code: 'cancelled' });
});

test('so many at once, the others in order', async () => {
  const turns = new Turns(2);
  const log: string[] = [];
  let ended = 0;
  let most = 0;
  await Promise.all(
    ['a', 'b', 'c', 'd'].map((name) =>
      turns.take(async () => {
        log.push(name);
        most = Math.max(most, log.length - ended);
        await new Promise((resolve) => setImmediate(resolve));
        ended++;
        if (name === 'a') return;
        assert.ok(log.includes('a'));
      }),
    ),
  );
  assert.deepEqual(log, ['a', 'b', 'c', 'd']);
  assert.equal(most, 2);
});
