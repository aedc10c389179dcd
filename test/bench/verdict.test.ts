import assert from 'node:assert/strict';
import { test } from 'node:test';
import { create, toBinary } from '@bufbuild/protobuf';
import type { Protocol } from '../../bench/peers/load/job.ts';
import { ALLOWED, DENIED, NONE, READERS, type Verdict } from '../../bench/peers/load/verdict.ts';
import { CheckResponseSchema } from '../../src/gen/envoy/service/auth/v3/external_auth_pb.ts';

function framed(message: Uint8Array): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

const check = (code: number | undefined, headers: number = 0): Buffer =>
  framed(
    toBinary(
      CheckResponseSchema,
      create(CheckResponseSchema, {
        ...(code !== undefined && { status: { code, message: code === 0 ? '' : 'no' } }),
        httpResponse: {
          case: 'okResponse',
          value: {
            headers: Array.from({ length: headers }, (_, i) => ({ header: { key: `x-${i}`, value: 'v' } })),
          },
        },
      }),
    ),
  );

/** results { resource { id: "a" kind: "b" } actions { key: "GET" value: … } } */
const cerbos = (effect: number): Buffer =>
  framed(Buffer.from(`0a017212110a060a016112016212070a03474554100${effect}`, 'hex'));

const CASES: readonly (readonly [string, Protocol, Buffer, Verdict])[] = [
  ['a status without a code', 'ext_authz', check(0), ALLOWED],
  ['no status', 'ext_authz', check(undefined), ALLOWED],
  ['PERMISSION_DENIED', 'ext_authz', check(7), DENIED],
  ['fields of two bytes of length', 'ext_authz', check(7, 200), DENIED],
  ['an empty message', 'ext_authz', framed(Buffer.alloc(0)), ALLOWED],
  ['half a message', 'ext_authz', check(7).subarray(0, 6), NONE],
  ['compressed', 'ext_authz', Buffer.from('0100000000', 'hex'), NONE],
  ['EFFECT_ALLOW', 'cerbos', cerbos(1), ALLOWED],
  ['EFFECT_DENY', 'cerbos', cerbos(2), DENIED],
  ['no result', 'cerbos', framed(Buffer.from('0a0172', 'hex')), NONE],
  ['true', 'opa', Buffer.from('{"result":true}\n'), ALLOWED],
  ['false', 'opa', Buffer.from('{"result":false}\n'), DENIED],
  ['undefined', 'opa', Buffer.from('{}\n'), DENIED],
  ['not JSON', 'opa', Buffer.from('oops'), NONE],
];

for (const [name, protocol, bytes, wanted] of CASES) {
  test(`${protocol}: ${name}`, () => {
    // Bytes around it, as in a read of many frames, say nothing.
    const around = Buffer.from('{"result":true}');
    const read = Buffer.concat([around, bytes, around]);
    assert.equal(READERS[protocol](read, around.length, around.length + bytes.length), wanted);
  });
}
