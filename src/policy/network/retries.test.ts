import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HttpRequest, NetworkFailure } from './access.ts';
import { sendWithRetries } from './retries.ts';

const FAILED: NetworkFailure = { kind: 'failure', reason: 'network', message: 'EOF' };

const requestWith = (maxRetries: number): HttpRequest => ({
  kind: 'http',
  method: 'GET',
  url: '',
  headers: [],
  body: undefined,
  followRedirects: false,
  timeoutMs: Number.POSITIVE_INFINITY,
  maxRetries,
  tls: { insecureSkipVerify: false, useSystemCerts: false },
  cache: undefined,
});

async function run(
  maxRetries: number,
  reply: NetworkFailure = FAILED,
  signal: AbortSignal = new AbortController().signal,
): Promise<{ attempts: number; delays: readonly number[] }> {
  const delays: number[] = [];
  let attempts = 0;
  const client = {
    send: () => {
      attempts++;
      return Promise.resolve(reply);
    },
  };
  const wait = (delayMs: number): Promise<void> => {
    delays.push(Math.round(delayMs));
    return Promise.resolve();
  };
  const options = { maxTimeoutMs: 1000, wait, random: () => 0.5 };
  assert.equal(await sendWithRetries(client, 'shop', requestWith(maxRetries), signal, options), reply);
  return { attempts, delays };
}

test('a request that fails is sent again, each time later', async () => {
  assert.deepEqual(await run(0), { attempts: 1, delays: [] });
  assert.deepEqual(await run(4), { attempts: 5, delays: [0, 160, 256, 410] });
  const { delays } = await run(20);
  assert.equal(Math.max(...delays), 60_000);
});

test('one that may not be sent is not, nor one that nobody waits for', async () => {
  assert.equal((await run(4, { ...FAILED, reason: 'refused' })).attempts, 1);
  assert.equal((await run(4, FAILED, AbortSignal.abort())).attempts, 1);
  assert.equal((await run(4, { ...FAILED, reason: 'timeout' })).attempts, 5);
});
