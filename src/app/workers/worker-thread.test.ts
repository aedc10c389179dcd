import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../../../test/support/until.ts';
import { PortcullisError } from '../../errors.ts';
import { WorkerThread } from './worker-thread.ts';

/** A worker with three clients that moves when it starts, and when it is told anything. */
const CODE = `import { parentPort, workerData } from 'node:worker_threads';
const beat = new Int32Array(workerData.beat);
Atomics.store(beat, 1, 3);
Atomics.add(beat, 0, 1);
parentPort.on('message', () => Atomics.add(beat, 0, 1));
parentPort.postMessage({ kind: 'call', name: 'ready', id: 0 });
`;

test('the clients of a worker that does not move are not known', async (t) => {
  const file = new URL(`data:text/javascript,${encodeURIComponent(CODE)}`);
  const [data, mine] = [{ number: 1 }, {}] as unknown as ConstructorParameters<typeof WorkerThread>;
  const worker = new WorkerThread(data, mine, () => {}, file);
  t.after(() => worker.end('closed', new PortcullisError('cancelled', 'the test is over')));
  await worker.ready;
  const looks = Array.from({ length: 3 }, () => [worker.silentChecks(), worker.connections]);
  assert.deepEqual(looks, [
    [0, 3],
    [1, undefined],
    [2, undefined],
  ]);
  worker.calls.tell('retireOne', undefined);
  await until(
    () => worker.silentChecks(),
    (silent) => silent === 0,
  );
  assert.equal(worker.connections, 3);
});
