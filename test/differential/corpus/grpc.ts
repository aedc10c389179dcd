/** gRPC calls, their messages written with the descriptors of `kitchen.proto` and `pantry.proto`. */
import {
  createFileRegistry,
  type FileRegistry,
  fromBinary,
  fromJson,
  type JsonValue,
  toBinary,
} from '@bufbuild/protobuf';
import { WireType } from '@bufbuild/protobuf/wire';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { DINNER, DISHES, JARS, ODD_MESSAGES, written } from './grpc-messages.ts';
import { type CorpusRequest, type HttpRequest, requests } from './request.ts';

const EXCHANGE = '/test.KitchenSink/Exchange';

/** A gRPC frame; both its compression flag and its length can be made to lie. */
const frame = (message: Uint8Array, { flag = 0, length = message.length } = {}): Uint8Array => {
  const head = Buffer.alloc(5);
  head[0] = flag;
  head.writeUInt32BE(length, 1);
  return Buffer.concat([head, message]);
};

const call = (
  rawBody: Uint8Array,
  path = EXCHANGE,
  headers: Readonly<Record<string, string>> = {},
): HttpRequest => ({
  method: 'POST',
  path,
  headers: { 'content-type': 'application/grpc', ...headers },
  rawBody,
});

export function grpcRequests(descriptorSet: Uint8Array): readonly CorpusRequest[] {
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, descriptorSet));
  const dish = (json: JsonValue): Uint8Array => encode(registry, 'test.Dish', json);
  const dinner = dish(DINNER);
  const rows: Record<string, HttpRequest> = {};
  for (const [name, json] of Object.entries(DISHES)) rows[name] = call(frame(dish(json)));
  for (const [name, bytes] of Object.entries(ODD_MESSAGES)) rows[name] = call(frame(bytes));
  for (const [name, bytes] of Object.entries(JARS)) rows[name] = call(frame(bytes), '/test.old.Pantry/Store');
  rows['deep cooks'] = call(
    frame(written((w) => w.tag(17, WireType.LengthDelimited).bytes(ODD_MESSAGES['deep']!))),
  );
  const framed = frame(dinner);
  return requests('gRPC', {
    ...rows,
    ping: call(frame(Buffer.alloc(0)), '/test.KitchenSink/Ping'),
    'a server stream': call(framed, '/test.KitchenSink/Watch'),
    'a client stream': call(framed, '/test.KitchenSink/Upload'),
    'an unknown method': call(framed, '/test.KitchenSink/Nothing'),
    'an unknown service': call(framed, '/test.Nothing/Exchange'),
    'a message as service': call(framed, '/test.Dish/Exchange'),
    'one segment': call(framed, '/test.KitchenSink'),
    'three segments': call(framed, `${EXCHANGE}/x`),
    'a trailing slash': call(framed, '/test.KitchenSink/'),
    'an escaped slash': call(framed, '/test.KitchenSink%2FExchange'),
    'an escaped name': call(framed, '/test.Kitchen%53ink/Exchange'),
    'two slashes': call(framed, `/${EXCHANGE}`),
    'a query': call(framed, `${EXCHANGE}?x=1`),
    compressed: call(frame(dinner, { flag: 1 }), EXCHANGE, { 'grpc-encoding': 'gzip' }),
    'another flag': call(frame(dinner, { flag: 2 })),
    'four bytes': call(framed.subarray(0, 4)),
    'a head alone': call(framed.subarray(0, 5)),
    cut: call(framed.subarray(0, framed.length - 1)),
    'a huge length': call(frame(dinner, { length: 0xffff_ffff })),
    'a shorter length': call(frame(dinner, { length: dinner.length - 1 })),
    'two messages': call(Buffer.concat([framed, framed])),
    'no body': call(Buffer.alloc(0)),
    'a body as text': { ...call(Buffer.alloc(0)), rawBody: undefined as never, body: 'text' },
    'a partial body': call(framed, EXCHANGE, { 'x-envoy-auth-partial-body': 'true' }),
    'a longer content-length': call(framed, EXCHANGE, { 'content-length': '9999' }),
    'a content-length that is none': call(framed, EXCHANGE, { 'content-length': 'x' }),
    'gRPC-Web': call(framed, EXCHANGE, { 'content-type': 'application/grpc-web+proto' }),
    'with a suffix': call(framed, EXCHANGE, { 'content-type': 'application/grpc+proto' }),
    'JSON by its suffix': call(framed, EXCHANGE, { 'content-type': 'application/grpc+json' }),
  });
}

function encode(registry: FileRegistry, type: string, json: JsonValue): Uint8Array {
  const schema = registry.getMessage(type);
  if (schema === undefined) throw new Error(`no message ${type}`);
  return toBinary(schema, fromJson(schema, json, { registry }));
}
