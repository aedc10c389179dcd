import assert from 'node:assert/strict';
import { test } from 'node:test';
import { callFrom, LOCAL_PEER } from '../../test/support/services.ts';
import { callerOf } from './asking.ts';
import { allowEveryone } from './authorize.ts';

const GRANT = allowEveryone(LOCAL_PEER, 'check');

test('who asked, and the trace it belongs to, go along', () => {
  const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
  const table: readonly (readonly [string | undefined, string | undefined])[] = [
    [undefined, undefined],
    [`00-${trace}-00f067aa0ba902b7-01`, trace],
    [`01-${trace}-00f067aa0ba902b7-01-more`, trace],
    [`ff-${trace}-00f067aa0ba902b7-01`, undefined],
    [`00-${'0'.repeat(32)}-00f067aa0ba902b7-01`, undefined],
    [`00-${trace}-${'0'.repeat(16)}-01`, undefined],
    [`00-${trace.toUpperCase()}-00f067aa0ba902b7-01`, undefined],
    ['\n{"forged":true}', undefined],
  ];
  for (const [traceparent, traceId] of table) {
    const metadata = (name: string): string | undefined => (name === 'traceparent' ? traceparent : undefined);
    const call = callFrom(LOCAL_PEER, { metadata });
    const expected = {
      requestedBy: LOCAL_PEER.address,
      api: 'grpc',
      ...(traceId !== undefined && { traceId }),
    };
    assert.deepEqual(callerOf(call, GRANT, 'grpc'), expected);
  }
});
