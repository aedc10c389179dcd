import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { describe, it } from 'node:test';
import { type BodyState, bodyFacts } from './body-facts.ts';

type Row = [mark: string | undefined, length: string | undefined, received: string, state: BodyState];

const rows: Row[] = [
  ['true', undefined, 'abc', 'truncated'],
  ['true', '3', 'abc', 'truncated'],
  ['true', undefined, '', 'truncated'],
  ['false', undefined, 'abc', 'complete'],
  ['false', undefined, '', 'empty'],
  ['false', '3', 'abc', 'complete'],
  ['false', '4', 'abc', 'truncated'],
  ['false', '4', '', 'not_inspected'],
  ['false', 'x', 'abc', 'complete'],
  [undefined, '3', 'abc', 'complete'],
  [undefined, '2', 'abc', 'complete'],
  [undefined, '4', 'abc', 'truncated'],
  [undefined, '4', '', 'not_inspected'],
  [undefined, '0', '', 'empty'],
  [undefined, '00', '', 'empty'],
  [undefined, '-1', '', 'not_inspected'],
  [undefined, '-1', 'abc', 'complete'],
  [undefined, undefined, 'abc', 'complete'],
  [undefined, undefined, '', 'not_inspected'],
  [undefined, 'x', 'abc', 'truncated'],
  [undefined, 'x', '', 'not_inspected'],
  [undefined, '', '', 'not_inspected'],
  [undefined, '0,0', '', 'not_inspected'],
  ['TRUE', undefined, 'abc', 'complete'],
  ['False', undefined, '', 'not_inspected'],
];

describe('bodyFacts', () => {
  for (const [mark, length, received, state] of rows) {
    it(`mark ${mark}, content-length ${JSON.stringify(length)}, ${received.length} bytes: ${state}`, () => {
      const headers = {
        ...(mark === undefined ? {} : { 'x-envoy-auth-partial-body': mark }),
        ...(length === undefined ? {} : { 'content-length': length }),
      };
      const none = new Uint8Array(0);
      assert.equal(bodyFacts({ headers, body: received, rawBody: none }).state, state);
      assert.equal(bodyFacts({ headers, body: '', rawBody: Buffer.from(received) }).state, state);
    });
  }

  it('counts bytes, not characters', () => {
    const facts = bodyFacts({
      headers: { 'content-length': '3' },
      body: '\u20ac',
      rawBody: new Uint8Array(0),
    });
    assert.deepEqual(facts, {
      state: 'complete',
      receivedBytes: 3,
      declaredBytes: 3,
      lengthIsInvalid: false,
    });
  });

  it('never takes a chunked or an HTTP/2 body that was not inspected for none', () => {
    const headers = { ':method': 'POST', 'content-type': 'application/json' };
    assert.equal(bodyFacts({ headers, body: '', rawBody: new Uint8Array(0) }).state, 'not_inspected');
  });

  const lengths: [text: string, declaredBytes: number | undefined, lengthIsInvalid: boolean][] = [
    ['+3', 3, false],
    ['003', 3, false],
    ['-0', 0, false],
    ['-7', undefined, false],
    ['9223372036854775807', 2 ** 63, false],
    ['9223372036854775808', undefined, true],
    ['-9223372036854775808', undefined, false],
    ['-9223372036854775809', undefined, true],
    [' 3', undefined, true],
    ['3,3', undefined, true],
    ['0x3', undefined, true],
    ['1_0', undefined, true],
    ['1e3', undefined, true],
    ['\u0663', undefined, true],
  ];
  for (const [text, declaredBytes, lengthIsInvalid] of lengths) {
    it(`reads the content-length ${JSON.stringify(text)} as Go's ParseInt does`, () => {
      const facts = bodyFacts({ headers: { 'content-length': text }, body: '', rawBody: new Uint8Array(0) });
      assert.deepEqual([facts.declaredBytes, facts.lengthIsInvalid], [declaredBytes, lengthIsInvalid]);
    });
  }
});
