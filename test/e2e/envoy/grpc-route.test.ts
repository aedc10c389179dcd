// needs: opa, envoy
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { create, toBinary } from '@bufbuild/protobuf';
import {
  Client,
  compressionAlgorithms,
  credentials,
  Metadata,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { HealthCheckRequestSchema } from '../../../src/gen/grpc/health/v1/health_pb.ts';
import { cluster, listener, route } from '../../support/envoy-config.ts';
import { type Stage, startStage } from '../../support/envoy-stage.ts';
import { type GrpcUpstream, healthDescriptors, startGrpcUpstream } from '../../support/grpc-upstream.ts';

/** Alice may check what does not begin with `secret`; Bob may watch. */
const POLICY = `package gate

http := input.attributes.request.http

user := http.headers["x-key"]

# METADATA
# entrypoint: true
decision := {"allowed": false, "http_status": 401, "body": "who are you?"} if {
	not user
} else := {"allowed": true, "headers": {"x-user": user}} if {
	user == "alice"
	input.parsed_path == ["grpc.health.v1.Health", "Check"]
	input.body.state == "complete"
	not startswith(object.get(input.parsed_body, "service", ""), "secret")
} else := {"allowed": true, "headers": {"x-user": user}} if {
	user == "bob"
	http.path == "/grpc.health.v1.Health/Watch"
} else := {"allowed": false, "body": "not for you", "headers": {"x-denied": "yes"}}
`;

let stage: Stage;
let health: GrpcUpstream;
before(async () => {
  health = await startGrpcUpstream();
  stage = await startStage({
    rego: { 'gate.rego': POLICY },
    extAuthz: '{ identityHeaders: [x-user], descriptorSet: health.binpb }',
    files: { 'health.binpb': healthDescriptors },
    listeners: [
      listener('front', {
        routes: [route({ prefix: '/', grpc: {} }, { cluster: 'health' })],
        authz: {
          with_request_body: { max_request_bytes: 4096, allow_partial_message: true, pack_as_bytes: true },
        },
      }),
    ],
    clusters: [cluster('health', health.port, { http2: true })],
  });
});
after(async () => {
  await stage?.stop();
  health?.stop();
});

function clientOf(options: Record<string, unknown> = {}): Client {
  const channel = { 'grpc.use_local_subchannel_pool': 1, ...options };
  return new Client(`127.0.0.1:${stage.envoy.port('front')}`, credentials.createInsecure(), channel);
}

const PATH = '/grpc.health.v1.Health';
const bytesOf = (service: string): Buffer =>
  Buffer.from(toBinary(HealthCheckRequestSchema, create(HealthCheckRequestSchema, { service })));
const same = (bytes: Buffer): Buffer => bytes;

function metadataOf(key: string | undefined): Metadata {
  const metadata = new Metadata();
  metadata.set('x-user', 'root');
  if (key !== undefined) metadata.set('x-key', key);
  return metadata;
}

interface Ended {
  readonly code: string | undefined;
  readonly details: string;
  readonly metadata: Metadata | undefined;
}

/** How a call ends. */
function check(client: Client, key: string | undefined, message: Buffer, method = 'Check'): Promise<Ended> {
  return new Promise((resolve) => {
    client.makeUnaryRequest(
      `${PATH}/${method}`,
      same,
      same,
      message,
      metadataOf(key),
      (error: ServiceError | null) =>
        resolve(
          error === null
            ? { code: 'OK', details: '', metadata: undefined }
            : { code: status[error.code], details: error.details, metadata: error.metadata },
        ),
    );
  });
}

test('a gRPC call that the policy allows arrives, with the identity that the policy says', async (t) => {
  const client = clientOf();
  t.after(() => client.close());
  for (const service of ['shop', '', 'x'.repeat(1000)]) {
    assert.equal((await check(client, 'alice', bytesOf(service))).code, 'OK');
    assert.deepEqual(health.asked.at(-1), [service, 'alice']);
  }
});

test('denials are statuses of gRPC', async (t) => {
  const client = clientOf();
  t.after(() => client.close());
  const count = health.asked.length;
  const unknown = await check(client, undefined, bytesOf('shop'));
  assert.deepEqual([unknown.code, unknown.details], ['UNAUTHENTICATED', 'who are you?']);
  for (const [key, service, method] of [
    ['alice', 'secrets', 'Check'],
    ['alice', 'shop', 'Watch'],
    ['alice', 'shop', 'List'],
    ['mallory', 'shop', 'Check'],
  ] as const) {
    const denied = await check(client, key, bytesOf(service), method);
    assert.deepEqual(
      [denied.code, denied.details],
      ['PERMISSION_DENIED', 'not for you'],
      `${key} ${method} ${service}`,
    );
    assert.deepEqual(denied.metadata!.get('x-denied'), ['yes']);
  }
  assert.equal(health.asked.length, count);
});

test('a message that cannot be read is not let through by a policy that reads it', async (t) => {
  const count = health.asked.length;
  const plain = clientOf();
  const gzip = clientOf({ 'grpc.default_compression_algorithm': compressionAlgorithms.gzip });
  t.after(() => {
    plain.close();
    gzip.close();
  });
  // Compressed, longer than what Envoy sends, and no message of that type at all.
  assert.equal((await check(gzip, 'alice', bytesOf('shop'))).code, 'PERMISSION_DENIED');
  assert.equal((await check(plain, 'alice', bytesOf('x'.repeat(5000)))).code, 'PERMISSION_DENIED');
  assert.notEqual((await check(plain, 'alice', Buffer.from([0x0a, 0xff]))).code, 'OK');
  assert.equal(health.asked.length, count);
});

test('a stream of answers is let through as a whole', async (t) => {
  const client = clientOf();
  t.after(() => client.close());
  const stream = client.makeServerStreamRequest(
    `${PATH}/Watch`,
    same,
    same,
    bytesOf('shop'),
    metadataOf('bob'),
  );
  let messages = 0;
  stream.on('data', () => messages++);
  const [ended] = await once(stream, 'status');
  assert.deepEqual([ended.code, messages], [status.OK, 2]);
  assert.deepEqual(health.asked.at(-1), ['shop', 'bob']);
});
