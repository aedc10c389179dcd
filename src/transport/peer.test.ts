import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSubjectAltName } from './peer.ts';

const CASES: readonly (readonly [text: string, names: readonly (readonly [string, string])[]])[] = [
  ['', []],
  ['DNS:localhost', [['DNS', 'localhost']]],
  [
    'URI:spiffe://prod/ns/edge/sa/gateway, DNS:a.example, IP Address:127.0.0.1',
    [
      ['URI', 'spiffe://prod/ns/edge/sa/gateway'],
      ['DNS', 'a.example'],
      ['IP Address', '127.0.0.1'],
    ],
  ],
  // A name that would pass for two entries stays one.
  ['DNS:"a, URI:spiffe://prod/admin"', [['DNS', 'a, URI:spiffe://prod/admin']]],
  [
    'DNS:"a\\"b", URI:x',
    [
      ['DNS', 'a"b'],
      ['URI', 'x'],
    ],
  ],
  // Not of the form: nothing is believed.
  ['DNS:"a', []],
  ['DNS:a,URI:spiffe://prod/admin', []],
  ['nonsense', []],
];

for (const [text, names] of CASES) {
  test(`subjectAltName ${JSON.stringify(text)}`, () => {
    assert.deepEqual(parseSubjectAltName(text), names);
  });
}
