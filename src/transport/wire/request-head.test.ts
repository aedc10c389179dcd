import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RpcMethod } from '../../rpc.ts';
import { isField } from './field-rules.ts';
import { HeaderBlock } from './hpack/header-block.ts';
import { areTrailers, requestHead } from './request-head.ts';

const METHOD: RpcMethod = { path: '/a.B/C', kind: 'unary', handler: (request) => request };
const METHODS = new Map([[METHOD.path, METHOD]]);

const WHOLE: Readonly<Record<string, string>> = {
  ':method': 'POST',
  ':scheme': 'http',
  ':path': '/a.B/C',
  ':authority': 'x',
  'content-type': 'application/grpc',
};

/** A block as the decoder gives it. */
function block(fields: readonly (readonly [string, string])[]): HeaderBlock {
  const made = new HeaderBlock();
  for (const [name, value] of fields) {
    made.names.push(name);
    made.values.push(value);
    if (!isField(name, value)) made.malformed = true;
  }
  return made;
}

function refusalOf(changes: Record<string, string | undefined>): string | undefined {
  const fields = Object.entries({ ...WHOLE, ...changes }).filter(
    (field): field is [string, string] => field[1] !== undefined,
  );
  return requestHead(block(fields), METHODS).refusal;
}

test('request head: what is refused, and for what', () => {
  const CASES: readonly (readonly [Record<string, string | undefined>, string | undefined])[] = [
    [{}, undefined],
    [{ te: 'trailers', 'grpc-timeout': '1S', 'grpc-encoding': 'gzip', 'content-length': '5' }, undefined],
    [{ ':authority': undefined, host: 'x' }, undefined],
    [{ host: 'x' }, undefined],
    [{ ':method': 'GET' }, 'not-post'],
    [{ 'content-type': undefined }, 'not-grpc'],
    [{ 'content-type': 'application/json' }, 'not-grpc'],
    [{ ':path': '/a.B/D' }, 'unknown-method'],
    [{ ':path': '/__proto__' }, 'unknown-method'],
    [{ 'grpc-timeout': 'soon' }, 'bad-timeout'],
    [{ 'grpc-encoding': 'zstd' }, 'unknown-encoding'],
    [{ ':method': undefined }, 'malformed'],
    [{ ':scheme': undefined }, 'malformed'],
    [{ ':path': undefined }, 'malformed'],
    [{ ':path': '' }, 'malformed'],
    [{ ':path': 'a.B/C' }, 'malformed'],
    [{ ':authority': undefined }, 'malformed'],
    [{ ':authority': '' }, 'malformed'],
    [{ host: 'y' }, 'malformed'],
    [{ ':status': '200' }, 'malformed'],
    [{ te: 'gzip' }, 'malformed'],
    [{ connection: 'close' }, 'malformed'],
    [{ 'transfer-encoding': 'chunked' }, 'malformed'],
    [{ 'X-Upper': 'x' }, 'malformed'],
    [{ 'x y': 'x' }, 'malformed'],
    [{ '': 'x' }, 'malformed'],
    [{ 'x-a': 'a\nb' }, 'malformed'],
    [{ 'x-a': 'a\0b' }, 'malformed'],
    [{ 'x-a': ' a' }, 'malformed'],
    [{ 'x-a': 'a\t' }, 'malformed'],
    [{ 'content-length': '-1' }, 'malformed'],
    [{ 'content-length': '1e3' }, 'malformed'],
  ];
  for (const [changes, refusal] of CASES) {
    assert.equal(refusalOf(changes), refusal, JSON.stringify(changes));
    // Names that were found good before are not asked for again.
    assert.equal(refusalOf(changes), refusal, JSON.stringify(changes));
  }
});

test('request head: pseudo-headers once each, and before the fields', () => {
  const whole = Object.entries(WHOLE);
  assert.equal(requestHead(block([...whole, [':path', '/a.B/C']]), METHODS).refusal, 'malformed');
  assert.equal(requestHead(block([whole[0]!, ...whole]), METHODS).refusal, 'malformed');
  assert.equal(requestHead(block([['x', 'y'], ...whole]), METHODS).refusal, 'malformed');
});

test('request head: is read once for a block', () => {
  const made = block([...Object.entries(WHOLE), ['grpc-timeout', '20m'], ['content-length', '7']]);
  const head = requestHead(made, METHODS);
  assert.deepEqual([head.method, head.timeoutMs, head.contentBytes], [METHOD, 20, 7]);
  assert.equal(requestHead(made, new Map()), head);
});

test('request head: what is too large, and trailers', () => {
  const large = block([]);
  large.oversized = true;
  assert.equal(requestHead(large, METHODS).refusal, 'too-large');
  assert.equal(areTrailers(large), true);
  assert.equal(areTrailers(block([['x', 'y']])), true);
  assert.equal(areTrailers(block([[':path', '/']])), false);
  assert.equal(areTrailers(block([['x', 'a\r']])), false);
});
