// needs: opa
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { DecisionService } from '../../src/gen/portcullis/v1/decision_pb.ts';
import { startServerProcess } from '../support/server-process.ts';
import { until } from '../support/until.ts';
import { clientOf, question, siteOf } from '../support/working-server.ts';

const CLIENTS = 12;
const CALLS = 3;
const BATCH = 6;

for (const transport of ['wire', 'grpc-js']) {
  test(`SIGTERM while two workers have calls in flight: all are answered and logged (${transport})`, async (t) => {
    const site = await siteOf(t);
    const settings = ['workers=2', `grpc.transport=${transport}`].flatMap((setting) => ['--set', setting]);
    const server = await startServerProcess(site.configFile, settings);
    site.cleanup(() => server.kill());
    const clients = Array.from({ length: CLIENTS }, () => clientOf(site, server));
    const { batchCheck, check } = DecisionService.method;
    // Connections first: what is still in a listener's queue was never accepted.
    await Promise.all(clients.map((client, i) => client.call(check, { question: question(i) })));

    let answered = 0;
    const asked = clients.flatMap((client, i) =>
      Array.from({ length: CALLS }, async (_, call) => {
        const first = 1000 * (i + 1) + 100 * call;
        const questions = Array.from({ length: BATCH }, (__, n) => question(first + n));
        const { decisions } = await client.call(batchCheck, { questions }, 60_000);
        answered++;
        assert.ok(
          decisions.every(({ allowed, obligations }, n) => allowed && obligations?.['n'] === first + n),
        );
        return decisions.map((_decision, n) => first + n);
      }),
    );
    await until(
      () => answered,
      (count) => count > 0,
    );
    const exited = once(server.child, 'exit');
    assert.ok(answered < asked.length, 'all were answered before the signal');
    server.child.kill('SIGTERM');
    const numbers = (await Promise.all(asked)).flat();
    assert.equal(numbers.length, CLIENTS * CALLS * BATCH);
    assert.deepEqual(await exited, [0, null]);

    const lines = (await readFile(site.path('decisions.jsonl'), 'utf8')).trimEnd().split('\n');
    const logged = lines.map((line) => (JSON.parse(line) as { input: { n: number } }).input.n);
    const all = [...clients.keys(), ...numbers];
    assert.deepEqual(
      logged.toSorted((a, b) => a - b),
      all.toSorted((a, b) => a - b),
    );
  });
}
