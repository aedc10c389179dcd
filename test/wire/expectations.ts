/** What a row of a table expects of the server after some bytes, and the one way to look whether it holds. */
import assert from 'node:assert/strict';
import type { WireClient } from './raw-client.ts';
import { call } from './requests.ts';
import { ECHO } from './server.ts';

export type Expected =
  /** A connection error: GOAWAY with this code (or one of these), then the end of the connection. */
  | { readonly goaway: number | readonly number[] }
  /** A stream error: RST_STREAM with this code, and the connection lives; or is ended with that code where this is said. */
  | { readonly reset: number | readonly number[]; readonly stream?: number; readonly orGoaway?: true }
  /** Nothing of both. */
  | 'lives'
  /** The connection ends, whether or not it says why. */
  | 'ends';

/** Waits for it; `stream` is where a stream error belongs when the row does not say. */
export async function expectAfter(client: WireClient, expected: Expected, what: string): Promise<void> {
  if (expected === 'ends') {
    await client.closed();
    return;
  }
  if (expected !== 'lives' && 'goaway' in expected) {
    const code = await client.closed();
    assert.ok(code !== undefined, `${what}: the connection ended without GOAWAY`);
    assert.ok(
      [expected.goaway].flat().includes(code),
      `${what}: GOAWAY ${code}, not ${[expected.goaway].join(' or ')}`,
    );
    return;
  }
  if (!(await client.synced()) && expected !== 'lives' && expected.orGoaway) {
    await expectAfter(client, { goaway: expected.reset }, what);
    return;
  }
  assert.ok(!client.ended, `${what}: the connection ended with GOAWAY ${client.goaway}`);
  if (expected !== 'lives') {
    const { reset } = await client.answer(expected.stream ?? 1);
    assert.ok(
      reset !== undefined && [expected.reset].flat().includes(reset),
      `${what}: RST_STREAM ${reset}, not ${[expected.reset].join(' or ')}`,
    );
  }
  const next = await call(client, ECHO, 'next');
  assert.equal(next.grpcStatus, 0, `${what}: the connection does not answer afterwards`);
  assert.equal(String(next.messages[0]?.bytes), 'next', what);
  assert.equal(client.goaway, undefined, what);
}
