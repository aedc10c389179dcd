/** The texts of request headers and trailers, in tables. */
import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import fc from 'fast-check';
import { isGrpcContentType } from './content-type.ts';
import { ACCEPTED_ENCODINGS, isGrpcEncoding } from './encoding.ts';
import { encodeStatusMessage } from './status-message.ts';
import { statusTrailers, trailersOnly } from './status-trailers.ts';
import { parseTimeoutMs } from './timeout.ts';

/** What a status message was before it was encoded, as clients find out. */
const decodeStatusMessage = (encoded: string): string =>
  encoded.replace(/(?:%[0-9a-fA-F]{2})+/g, (run) =>
    Buffer.from(run.replaceAll('%', ''), 'hex').toString('utf8'),
  );

const TIMEOUTS: Readonly<Record<string, number | undefined>> = {
  '1H': 3_600_000,
  '2M': 120_000,
  '3S': 3000,
  '250m': 250,
  '1500u': 1.5,
  '19999956u': 19_999.956,
  '1000000n': 1,
  '99999999H': 99_999_999 * 3_600_000,
  '0S': 0,
  '00000001S': 1000,
  '': undefined,
  S: undefined,
  '1': undefined,
  '15': undefined,
  '1s': undefined,
  '1h': undefined,
  '1U': undefined,
  '100000000S': undefined,
  '000000001S': undefined,
  '1 S': undefined,
  ' 1S': undefined,
  '1S ': undefined,
  '-1S': undefined,
  '+1S': undefined,
  '1.5S': undefined,
  '1e3S': undefined,
  '0x1S': undefined,
  '1SS': undefined,
  '٣S': undefined,
  '1__proto__': undefined,
};

for (const [text, ms] of Object.entries(TIMEOUTS)) {
  test(`grpc-timeout: '${text}'`, () => {
    const parsed = parseTimeoutMs(text);
    if (ms === undefined || parsed === undefined) assert.equal(parsed, ms);
    else assert.ok(Math.abs(parsed - ms) <= ms * 1e-12, `${parsed}`);
  });
}

const CONTENT_TYPES: Readonly<Record<string, boolean>> = {
  'application/grpc': true,
  'application/grpc+proto': true,
  'application/grpc+json': true,
  'application/grpc+': true,
  'application/grpc;charset=utf-8': true,
  'application/grpc; charset=utf-8': true,
  'application/grpc ; charset=utf-8': true,
  'application/grpc+proto; charset=utf-8': true,
  'Application/gRPC+proto': true,
  'application/grpc-web': false,
  'application/grpc-web+proto': false,
  'application/grpcx': false,
  'application/grp': false,
  'application/json': false,
  'text/plain': false,
  ' application/grpc': false,
  '': false,
};

for (const [value, is] of Object.entries(CONTENT_TYPES)) {
  test(`content-type: '${value}'`, () => assert.equal(isGrpcContentType(value), is));
}

test('encodings', () => {
  for (const name of ACCEPTED_ENCODINGS.split(',')) assert.ok(isGrpcEncoding(name));
  for (const name of ['GZIP', 'snappy', 'zstd', '', 'gzip,deflate', ' gzip'])
    assert.ok(!isGrpcEncoding(name));
});

const MESSAGES: Readonly<Record<string, string>> = {
  '': '',
  'plain text ~!$&': 'plain text ~!$&',
  '100%': '100%25',
  'a\nb\tc': 'a%0Ab%09c',
  grün: 'gr%C3%BCn',
  'нет 🚫': '%D0%BD%D0%B5%D1%82 %F0%9F%9A%AB',
  '\u007f': '%7F',
  '\0': '%00',
};

for (const [message, encoded] of Object.entries(MESSAGES)) {
  test(`grpc-message: '${encoded}'`, () => {
    assert.equal(encodeStatusMessage(message), encoded);
    assert.equal(decodeStatusMessage(encoded), message);
  });
}

const BROKEN: Readonly<Record<string, string>> = {
  '%': '%',
  '%4': '%4',
  '%zz': '%zz',
  'a%2': 'a%2',
  '%41%zz%42': 'A%zzB',
  '%e4%bd%a0': '你',
  '%ff': '\ufffd',
  '%C3x': '\ufffdx',
  größer: 'größer',
};

for (const [encoded, message] of Object.entries(BROKEN)) {
  test(`grpc-message that is not well encoded: '${encoded}'`, () => {
    assert.equal(decodeStatusMessage(encoded), message);
  });
}

test('any message is encoded in printable ASCII and comes back well-formed', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (message) => {
      const encoded = encodeStatusMessage(message);
      assert.match(encoded, /^(?:[ -$&-~]|%[0-9A-F]{2})*$/);
      assert.equal(decodeStatusMessage(encoded), message.toWellFormed());
    }),
  );
  assert.equal(encodeStatusMessage('a\ud800b'), 'a%EF%BF%BDb');
});

test('how calls end', () => {
  assert.deepEqual(statusTrailers(0, ''), ['grpc-status', '0']);
  assert.deepEqual(statusTrailers(13, 'no\n'), ['grpc-status', '13', 'grpc-message', 'no%0A']);
  assert.deepEqual(trailersOnly(12, 'none', ['grpc-accept-encoding', ACCEPTED_ENCODINGS]), [
    ':status',
    '200',
    'content-type',
    'application/grpc+proto',
    'grpc-status',
    '12',
    'grpc-message',
    'none',
    'grpc-accept-encoding',
    'identity,deflate,gzip',
  ]);
});
