import assert from 'node:assert/strict';
import { test } from 'node:test';
import { callFrom, LOCAL_PEER } from '../../test/support/services.ts';
import { callerOf, traceIdOf } from './asking.ts';
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

test('a trace is read as its pattern says, wherever something is changed', () => {
  const pattern = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:$|-)/;
  const ordinary = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  const bases = [
    ordinary,
    `${ordinary}-`,
    `${ordinary}x`,
    `${ordinary}-more`,
    ordinary.slice(0, -1),
    'f',
    '',
  ];
  for (const base of bases) {
    for (let at = 0; at <= base.length; at++) {
      for (const piece of [
        '',
        '0',
        '9',
        'a',
        'f',
        'g',
        'F',
        '/',
        ':',
        '`',
        '-',
        ' ',
        '\n',
        'é',
        '0'.repeat(16),
      ]) {
        const text = base.slice(0, at) + piece + base.slice(at + piece.length);
        assert.equal(traceIdOf(text), pattern.exec(text)?.[1], JSON.stringify(text));
      }
    }
  }
  for (const text of ['00', 'ff', 'fe'].map((version) => version + ordinary.slice(2)))
    assert.equal(traceIdOf(text), pattern.exec(text)?.[1], text);
  const zeros = [3, 36].map(
    (at) => ordinary.slice(0, at) + '0'.repeat(at === 3 ? 32 : 16) + ordinary.slice(at === 3 ? 35 : 52),
  );
  for (const text of zeros) assert.equal(traceIdOf(text), undefined, text);
});
