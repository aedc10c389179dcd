import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import {
  create,
  type DescField,
  type DescMessage,
  type FileRegistry,
  fromBinary,
  ScalarType,
  toBinary,
} from '@bufbuild/protobuf';
import { reflect } from '@bufbuild/protobuf/reflect';
import * as fc from 'fast-check';
import {
  Authorization,
  CheckRequestSchema,
  CheckResponseSchema,
  OkHttpResponseSchema,
} from '../src/gen/envoy/service/auth/v3/external_auth_pb.ts';
import { canonicalJson } from '../src/json/canonical.ts';
import { envoyProtos } from './support/envoy-protos.ts';
import { plainMessage } from './support/plain-message.ts';
import { wireMessages } from './support/wire-messages.ts';

/** Fields that Envoy has added since the protos that `@grpc/grpc-js-xds` ships. Its older decoders see them as unknown. */
const NEWER = [
  'envoy.config.core.v3.SocketAddress.network_namespace_filepath',
  'envoy.service.auth.v3.CheckResponse.error_response',
];

/** Fields of Envoy's that ours leave out. */
const LEFT_OUT: readonly string[] = [];

/** Ours is a number where Envoy's is an enum, which is the same on the wire. */
const ENUM_AS_NUMBER = new Set(['envoy.type.v3.HttpStatus.code']);

let theirs: FileRegistry;
before(async () => {
  theirs = await envoyProtos();
});

function their(desc: DescMessage): DescMessage {
  const found = theirs.getMessage(desc.typeName);
  assert.ok(found, `${desc.typeName} is no message of Envoy's`);
  return found;
}

/** All messages that a message can hold, itself first. */
function reachable(desc: DescMessage, seen = new Set<DescMessage>()): Set<DescMessage> {
  if (seen.has(desc)) return seen;
  seen.add(desc);
  for (const field of desc.fields) if (field.message !== undefined) reachable(field.message, seen);
  return seen;
}

const messages = [...reachable(CheckRequestSchema), ...reachable(CheckResponseSchema)];

/** All of a field that is seen on the wire or in JSON. */
function shapeOf(field: DescField): Readonly<Record<string, unknown>> {
  const isNumber = ENUM_AS_NUMBER.has(fullName(field));
  return {
    name: field.name,
    number: field.number,
    jsonName: field.jsonName,
    kind: isNumber ? 'number' : field.fieldKind,
    scalar: isNumber || field.scalar === undefined ? undefined : ScalarType[field.scalar],
    message: field.message?.typeName,
    enum: isNumber ? undefined : field.enum?.typeName,
    element: field.fieldKind === 'list' ? field.listKind : undefined,
    key: field.fieldKind === 'map' ? ScalarType[field.mapKey] : undefined,
    value: field.fieldKind === 'map' ? field.mapKind : undefined,
    oneof: field.oneof?.name,
    presence: field.presence,
  };
}

const fullName = (field: DescField): string => `${field.parent.typeName}.${field.name}`;

test("every field of ours is a field of Envoy's", () => {
  const newer = new Set<string>();
  for (const desc of messages) {
    const numbered = new Map(their(desc).fields.map((field) => [field.number, field]));
    for (const field of desc.fields) {
      const counterpart = numbered.get(field.number);
      if (counterpart === undefined) newer.add(fullName(field));
      else assert.deepEqual(shapeOf(field), shapeOf(counterpart), fullName(field));
    }
  }
  assert.deepEqual([...newer].sort(), NEWER);
});

test("every field of Envoy's is a field of ours", () => {
  const lacking = messages.flatMap((desc) => {
    const ours = new Set(desc.fields.map(({ number }) => number));
    return their(desc).fields.filter(({ number }) => !ours.has(number));
  });
  assert.deepEqual([...new Set(lacking.map(fullName))].sort(), LEFT_OUT);
});

test("the values of enums have Envoy's names and numbers", () => {
  const enums = messages.flatMap(({ fields }) => fields).flatMap((field) => field.enum ?? []);
  assert.ok(enums.length > 0);
  for (const desc of enums) {
    const counterpart = theirs.getEnum(desc.typeName);
    const values = (of: typeof desc | undefined): unknown =>
      of?.values.map(({ name, number }) => [number, name]);
    assert.deepEqual(values(desc), values(counterpart), desc.typeName);
  }
});

test("the service has Envoy's method", () => {
  const counterpart = theirs.getService(Authorization.typeName);
  const shapes = (of: typeof Authorization | undefined | NonNullable<typeof counterpart>): unknown =>
    of?.methods.map(({ name, methodKind, input, output }) => [
      name,
      methodKind,
      input.typeName,
      output.typeName,
    ]);
  assert.deepEqual(shapes(Authorization), shapes(counterpart));
});

const without = NEWER.map((name) => name.slice(name.lastIndexOf('.') + 1));

/** What a decoder makes of bytes. */
const decoded = (desc: DescMessage, bytes: Uint8Array): string =>
  canonicalJson(plainMessage(reflect(desc, fromBinary(desc, bytes))));

/** The canonical encoding. */
const recoded = (desc: DescMessage, bytes: Uint8Array): Uint8Array => toBinary(desc, fromBinary(desc, bytes));

for (const ours of [CheckRequestSchema, CheckResponseSchema]) {
  test(`${ours.name}: what either encodes, the other decodes to the same`, () => {
    const envoys = their(ours);
    const property = fc.property(wireMessages(ours, { without }), (bytes) => {
      const expected = decoded(ours, bytes);
      assert.equal(decoded(envoys, recoded(ours, bytes)), expected);
      assert.equal(decoded(ours, recoded(envoys, bytes)), expected);
    });
    fc.assert(property, { numRuns: 300 });
  });
}

test('a decoder that does not know error_response reads the status beside it, and neither an allow nor a denial', () => {
  const response = create(CheckResponseSchema, {
    status: { code: 13, message: 'internal' },
    httpResponse: { case: 'errorResponse', value: { status: { code: 403 } } },
  });
  const envoys = their(CheckResponseSchema);
  const bytes = toBinary(CheckResponseSchema, response);
  assert.equal(decoded(envoys, bytes), '{"status":{"code":13,"message":"internal"}}');
  assert.deepEqual(
    fromBinary(envoys, bytes).$unknown?.map(({ no }) => no),
    [5],
  );
});

test('a wrong number would be found', () => {
  const field = OkHttpResponseSchema.field.headersToRemove;
  const counterpart = their(OkHttpResponseSchema).field['queryParametersToRemove'];
  assert.ok(counterpart);
  assert.notDeepEqual(shapeOf(field), shapeOf(counterpart));
});
