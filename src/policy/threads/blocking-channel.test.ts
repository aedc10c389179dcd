import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { until } from '../../../test/support/until.ts';
import { PortcullisError } from '../../errors.ts';
import { type BlockingHandler, BlockingServer } from './blocking-channel.ts';

const CALLER = new URL('./blocking-channel.ts', import.meta.url).href;

/** Runs `text` in a thread, where `caller` is the worker's side and what it gives is posted back. */
function run(
  t: TestContext,
  handle: BlockingHandler,
  text: string,
): { worker: Worker; server: BlockingServer } {
  const server = new BlockingServer(handle);
  const code = `
    const { parentPort, workerData } = require('node:worker_threads');
    import(${JSON.stringify(CALLER)}).then(({ BlockingCaller }) => {
      const caller = new BlockingCaller(workerData);
      const attempt = (work) => { try { return work(); } catch ({ code, message }) { return { code, message }; } };
      parentPort.postMessage(attempt(() => { ${text} }));
    });`;
  const worker = new Worker(code, { eval: true, workerData: server.end, transferList: [server.end.port] });
  t.after(async () => {
    server.close();
    await worker.terminate();
  });
  return { worker, server };
}

const result = async (worker: Worker): Promise<unknown> => (await once(worker, 'message'))[0];

test('a call blocks until the asynchronous reply is there, each call its own', async (t) => {
  const handle: BlockingHandler = async (payload) => {
    await new Promise(setImmediate);
    return { asked: payload };
  };
  const { worker } = run(t, handle, 'return [1, "b", new Map([[1, 2]])].map((p) => caller.call(p, 60_000));');
  assert.deepEqual(await result(worker), [{ asked: 1 }, { asked: 'b' }, { asked: new Map([[1, 2]]) }]);
});

test('a rejection is thrown at the caller, with its code', async (t) => {
  const handle: BlockingHandler = () => Promise.reject(new PortcullisError('evaluation_limit', 'too much'));
  const { worker } = run(t, handle, 'return caller.call(0, Infinity);');
  assert.deepEqual(await result(worker), { code: 'evaluation_limit', message: 'too much' });
});

test('a call that takes too long fails and is aborted; the reply that comes later is not taken for another', async (t) => {
  const aborted: unknown[] = [];
  const handle: BlockingHandler = (payload, signal) =>
    payload === 'fast'
      ? Promise.resolve('fast')
      : new Promise((resolve) =>
          signal.addEventListener('abort', () => {
            aborted.push(payload);
            setTimeout(resolve, 20, 'late');
          }),
        );
  const text = `
    const first = attempt(() => caller.call('slow', 20));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
    return [first.code, caller.call('fast', 60_000)];`;
  const { worker } = run(t, handle, text);
  assert.deepEqual(await result(worker), ['deadline_exceeded', 'fast']);
  assert.deepEqual(aborted, ['slow']);
});

test('a worker that is ended while it waits takes its request with it', async (t) => {
  let state = 'idle';
  const handle: BlockingHandler = (_payload, signal) => {
    state = 'asked';
    return new Promise((resolve) =>
      signal.addEventListener('abort', () => {
        state = 'aborted';
        resolve(undefined);
      }),
    );
  };
  const { worker, server } = run(t, handle, 'return caller.call(0, Infinity);');
  await until(
    () => state,
    (seen) => seen === 'asked',
  );
  assert.equal(await worker.terminate(), 1);
  server.close();
  assert.equal(state, 'aborted');
});
