/** RFC 9113, 8: requests that are malformed are stream errors, and leave the connection and its tables as they are. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expectAfter } from './expectations.ts';
import * as h2 from './frames.ts';
import { encodeBlock, type Field, indexed, literal } from './hpack.ts';
import { headerFrames, requestFields } from './requests.ts';
import { ECHO, HEADER, startWire } from './server.ts';

const good = requestFields(ECHO);
const without = (name: string): readonly Field[] => good.filter(([field]) => field !== name);
const withField = (name: string, value: string): readonly Field[] => [...good, [name, value]];

type Row = readonly [section: string, what: string, fields: readonly Field[]];

const MALFORMED: readonly Row[] = [
  ['8.2.1', 'an upper-case name', withField('X-Upper', 'x')],
  ['8.2.1', 'a name with a space', withField('x y', 'x')],
  ['8.2.1', 'a name with a control character', withField('x\x01', 'x')],
  ['8.2.1', 'a name with DEL', withField('x\x7f', 'x')],
  ['8.2.1', 'a name beyond ASCII', withField('x\xe9', 'x')],
  ['8.2.1', 'a name with a colon inside', withField('x:y', 'x')],
  ['8.2.1', 'an empty name', withField('', 'x')],
  ['8.2.1', 'NUL in a value', withField('x-value', 'a\0b')],
  ['8.2.1', 'CR in a value', withField('x-value', 'a\rb')],
  ['8.2.1', 'LF in a value', withField('x-value', 'a\nb')],
  ['8.2.1', 'a value that begins with a space', withField('x-value', ' a')],
  ['8.2.1', 'a value that ends with a tab', withField('x-value', 'a\t')],
  ['8.2.2', 'connection', withField('connection', 'keep-alive')],
  ['8.2.2', 'proxy-connection', withField('proxy-connection', 'keep-alive')],
  ['8.2.2', 'keep-alive', withField('keep-alive', 'timeout=5')],
  ['8.2.2', 'transfer-encoding', withField('transfer-encoding', 'chunked')],
  ['8.2.2', 'upgrade', withField('upgrade', 'websocket')],
  ['8.2.2', 'te that asks for more than trailers', [...without('te'), ['te', 'trailers, deflate']]],
  ['8.3', 'a pseudo-header that is unknown', [[':unknown', 'x'], ...good]],
  ['8.3', "a response's pseudo-header", [[':status', '200'], ...good]],
  ['8.3', ':protocol where nobody offered it', [[':protocol', 'websocket'], ...good]],
  ['8.3', 'a pseudo-header after a regular field', [...without(':path'), [':path', ECHO]]],
  ['8.3', ':path twice', [[':path', ECHO], ...good]],
  ['8.3', ':method twice', [[':method', 'POST'], ...good]],
  ['8.3', ':scheme twice', [[':scheme', 'http'], ...good]],
  ['8.3', ':authority twice', [[':authority', 'other'], ...good]],
  ['8.3.1', 'no :method', without(':method')],
  ['8.3.1', 'no :scheme', without(':scheme')],
  ['8.3.1', 'no :path', without(':path')],
  ['8.3.1', 'an empty :path', good.map(([name, value]) => [name, name === ':path' ? '' : value])],
  ['8.3.1', 'a :path without a slash', good.map(([name, value]) => [name, name === ':path' ? 'x' : value])],
  ['8.3.1', 'neither :authority nor host', without(':authority')],
  ['8.3.1', 'an empty :authority', good.map(([name, value]) => [name, name === ':authority' ? '' : value])],
  ['8.3.1', 'a host that is another than :authority', withField('host', 'elsewhere')],
  ['8.3.1', 'no fields at all', []],
  ['8.1.1', 'a content-length that is no number', withField('content-length', 'many')],
  ['8.1.1', 'a content-length that is negative', withField('content-length', '-1')],
  ['8.1.1', 'two content-lengths', [...good, ['content-length', '6'], ['content-length', '7']]],
  ['8.1.1', 'a content-length below what comes', withField('content-length', '5')],
  ['8.1.1', 'a content-length above what comes', withField('content-length', '7')],
];

const WELL_FORMED: readonly Row[] = [
  ['8.2.1', 'tabs and spaces inside of a value', withField('x-value', 'a \t b')],
  ['8.2.1', 'an empty value', withField('x-value', '')],
  ['8.2.1', 'bytes above 127 in a value', withField('x-value', 'caf\xe9 \xff')],
  ['8.2.1', 'every character that a token has', withField("x!#$%&'*+-.^_`|~09az", 'x')],
  ['8.2.3', 'cookies in crumbs', [...good, ['cookie', 'a=b'], ['cookie', 'c=d']]],
  ['8.3.1', 'no :authority but host', [...without(':authority'), ['host', 'localhost']]],
  [
    '8.3.1',
    'https over a connection without TLS',
    good.map(([name, value]) => [name, name === ':scheme' ? 'https' : value]),
  ],
  ['8.1.1', 'the content-length that is right', withField('content-length', '6')],
];

test('malformed requests are stream errors', async (t) => {
  const harness = await startWire(t);
  for (const [section, what, fields] of MALFORMED) {
    await t.test(`${section}: ${what}`, async () => {
      const client = await harness.connect();
      const stream = client.nextStream();
      const before = harness.handled;
      client.write(
        headerFrames(stream, encodeBlock(fields)),
        h2.data(stream, h2.message('x'), h2.END_STREAM),
      );
      const { reset, grpcStatus } = await client.answer(stream);
      assert.equal(reset, h2.PROTOCOL_ERROR, `answered with ${grpcStatus}`);
      assert.equal(harness.handled, before, 'no handler sees it');
      await expectAfter(client, 'lives', what);
    });
  }
});

test('well-formed requests that look odd are answered', async (t) => {
  const client = await (await startWire(t)).connect();
  for (const [section, what, fields] of WELL_FORMED) {
    const stream = client.nextStream();
    client.write(headerFrames(stream, encodeBlock(fields)), h2.data(stream, h2.message('x'), h2.END_STREAM));
    const { grpcStatus, reset } = await client.answer(stream);
    assert.deepEqual([grpcStatus, reset], [0, undefined], `${section}: ${what}`);
  }
});

test('8.1: trailers end a request, and no others are taken', async (t) => {
  const harness = await startWire(t);
  const block = encodeBlock([['x-trailer', 'value']]);
  const rows: readonly (readonly [string, Buffer, number, boolean])[] = [
    ['trailers', block, h2.END_HEADERS | h2.END_STREAM, true],
    ['empty trailers', Buffer.alloc(0), h2.END_HEADERS | h2.END_STREAM, true],
    ['a second list that does not end the stream', block, h2.END_HEADERS, false],
    ['trailers with a pseudo-header', encodeBlock([[':path', '/']]), h2.END_HEADERS | h2.END_STREAM, false],
    ['trailers with an upper-case name', encodeBlock([['X-A', '']]), h2.END_HEADERS | h2.END_STREAM, false],
  ];
  for (const [what, trailers, flags, taken] of rows) {
    const client = await harness.connect();
    const stream = client.nextStream();
    client.write(
      headerFrames(stream, encodeBlock(good)),
      h2.data(stream, h2.message('x')),
      h2.headers(stream, trailers, flags),
    );
    const { grpcStatus, reset } = await client.answer(stream);
    assert.deepEqual([grpcStatus, reset], taken ? [0, undefined] : [undefined, h2.PROTOCOL_ERROR], what);
    await expectAfter(client, 'lives', what);
  }
});

test('8.1.1: what a malformed request put into the table is there for the next', async (t) => {
  const client = await (await startWire(t)).connect();
  const bad = Buffer.concat([
    encodeBlock(good),
    literal('x-kept', 'from a malformed request', 'incremental'),
    encodeBlock([['X-Upper', 'x']]),
  ]);
  client.write(headerFrames(client.nextStream(), bad, h2.END_STREAM));
  assert.equal((await client.answer(1)).reset, h2.PROTOCOL_ERROR);
  const stream = client.nextStream();
  client.write(
    headerFrames(stream, Buffer.concat([encodeBlock(requestFields(HEADER)), indexed(62)])),
    h2.data(stream, h2.message('x-kept'), h2.END_STREAM),
  );
  assert.equal(String((await client.answer(stream)).messages[0]?.bytes), 'from a malformed request');
});

test('8.5: CONNECT reaches no handler', async (t) => {
  const harness = await startWire(t);
  const client = await harness.connect();
  client.write(
    headerFrames(
      client.nextStream(),
      encodeBlock([
        [':method', 'CONNECT'],
        [':authority', 'x:1'],
      ]),
    ),
  );
  const { grpcStatus, reset, http } = await client.answer(1);
  assert.notEqual(grpcStatus, 0);
  assert.ok(reset !== undefined || http !== '200');
  assert.equal(harness.handled, 0);
  await expectAfter(client, 'lives', 'CONNECT');
});
