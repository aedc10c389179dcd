import assert from 'node:assert/strict';
import { test } from 'node:test';
import { create, createFileRegistry, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import {
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
} from '@bufbuild/protobuf/wkt';
import { handlerOf, LOCAL_CALL } from '../../test/support/services.ts';
import { Health } from '../gen/grpc/health/v1/health_pb.ts';
import {
  ServerReflection,
  ServerReflectionRequestSchema,
  type ServerReflectionResponse,
  ServerReflectionResponseSchema,
} from '../gen/grpc/reflection/v1/reflection_pb.ts';
import { ServerReflection as V1Alpha } from '../gen/grpc/reflection/v1alpha/reflection_pb.ts';
import { DecisionService } from '../gen/portcullis/v1/decision_pb.ts';
import { allowEveryone, createAuthorizer } from './authorize.ts';
import { reflectionMethods } from './reflection-service.ts';

type Asked = MessageInitShape<typeof ServerReflectionRequestSchema>['messageRequest'];

const SERVICES = [DecisionService, Health, ServerReflection, V1Alpha];
const PATHS = ['v1', 'v1alpha'].map(
  (version) => `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`,
);

async function collect(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const items: Uint8Array[] = [];
  for await (const item of stream) items.push(item);
  return items;
}

async function ask(path: string, asked: readonly Asked[]): Promise<ServerReflectionResponse[]> {
  const handler = handlerOf(
    reflectionMethods({ authorize: allowEveryone, services: SERVICES }),
    path,
    'bidi',
  );
  async function* requests(): AsyncGenerator<Uint8Array> {
    for (const messageRequest of asked) {
      const request = create(ServerReflectionRequestSchema, {
        host: 'h',
        ...(messageRequest && { messageRequest }),
      });
      yield toBinary(ServerReflectionRequestSchema, request);
    }
  }
  const responses = await collect(handler(requests(), LOCAL_CALL));
  return responses.map((bytes) => fromBinary(ServerReflectionResponseSchema, bytes));
}

async function find(asked: Asked): Promise<ServerReflectionResponse['messageResponse']> {
  return (await ask(PATHS[0]!, [asked]))[0]!.messageResponse;
}

async function files(asked: Asked): Promise<FileDescriptorProto[]> {
  const response = await find(asked);
  assert.equal(response.case, 'fileDescriptorResponse');
  return response.value.fileDescriptorProto.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes));
}

for (const path of PATHS) {
  test(`${path} lists the services, and answers each request in turn`, async () => {
    const responses = await ask(path, [
      { case: 'listServices', value: '' },
      { case: 'fileByFilename', value: 'nothing.proto' },
      { case: 'listServices', value: '*' },
    ]);
    assert.deepEqual(
      responses.map(({ messageResponse }) => messageResponse.case),
      ['listServicesResponse', 'errorResponse', 'listServicesResponse'],
    );
    const [first] = responses;
    assert.equal(first!.validHost, 'h');
    assert.deepEqual(first!.originalRequest?.messageRequest, { case: 'listServices', value: '' });
    assert.ok(first!.messageResponse.case === 'listServicesResponse');
    assert.deepEqual(
      first!.messageResponse.value.service.map(({ name }) => name),
      [
        'grpc.health.v1.Health',
        'grpc.reflection.v1.ServerReflection',
        'grpc.reflection.v1alpha.ServerReflection',
        'portcullis.v1.DecisionService',
      ],
    );
  });
}

const DECISION_FILE = 'portcullis/v1/decision.proto';
const SYMBOLS: readonly (readonly [symbol: string, file: string])[] = [
  ['portcullis.v1.DecisionService', DECISION_FILE],
  ['portcullis.v1.DecisionService.Check', DECISION_FILE],
  ['portcullis.v1.Question', DECISION_FILE],
  ['portcullis.v1.Question.policy_set', DECISION_FILE],
  ['portcullis.v1.Question.input', DECISION_FILE],
  ['portcullis.v1.Provenance.RevisionsEntry', DECISION_FILE],
  ['portcullis.v1.Status', DECISION_FILE],
  ['portcullis.v1.STATUS_ALLOWED', DECISION_FILE],
  ['grpc.health.v1.HealthCheckResponse.ServingStatus', 'grpc/health/v1/health.proto'],
  ['grpc.health.v1.HealthCheckResponse.SERVING', 'grpc/health/v1/health.proto'],
  ['grpc.reflection.v1alpha.ErrorResponse', 'grpc/reflection/v1alpha/reflection.proto'],
  ['google.protobuf.Struct', 'google/protobuf/struct.proto'],
  ['google.protobuf.Struct.FieldsEntry', 'google/protobuf/struct.proto'],
  ['google.protobuf.NullValue', 'google/protobuf/struct.proto'],
];

test('symbols are found in their files, down to methods, fields and enum values', async () => {
  const found = await Promise.all(
    SYMBOLS.map(async ([value]) => [value, (await files({ case: 'fileContainingSymbol', value }))[0]!.name]),
  );
  assert.deepEqual(found, SYMBOLS);
});

test('a file comes with all it depends on, enough to rebuild it', async () => {
  for (const service of SERVICES) {
    const found = await files({ case: 'fileContainingSymbol', value: service.typeName });
    const byName = await files({ case: 'fileByFilename', value: found[0]!.name });
    assert.deepEqual(byName, found);
    const registry = createFileRegistry(create(FileDescriptorSetSchema, { file: found.toReversed() }));
    const rebuilt = registry.getService(service.typeName);
    assert.deepEqual(
      rebuilt?.methods.map((method) => [
        method.name,
        method.methodKind,
        method.input.typeName,
        method.output.typeName,
      ]),
      service.methods.map((method) => [
        method.name,
        method.methodKind,
        method.input.typeName,
        method.output.typeName,
      ]),
    );
  }
  const names = (await files({ case: 'fileByFilename', value: DECISION_FILE })).map(({ name }) => name);
  const imported = ['duration', 'struct', 'timestamp'].map((name) => `google/protobuf/${name}.proto`);
  assert.deepEqual(names, [DECISION_FILE, ...imported]);
});

const ERRORS: readonly (readonly [asked: Asked, code: number])[] = [
  [{ case: 'fileByFilename', value: '../decision.proto' }, 5],
  [{ case: 'fileByFilename', value: 'portcullis/v1/decision' }, 5],
  [{ case: 'fileContainingSymbol', value: '' }, 5],
  [{ case: 'fileContainingSymbol', value: '.portcullis.v1.Question' }, 5],
  [{ case: 'fileContainingSymbol', value: 'portcullis.v1' }, 5],
  [{ case: 'fileContainingSymbol', value: 'portcullis.v1.AdminService' }, 5],
  [
    {
      case: 'fileContainingExtension',
      value: { containingType: 'portcullis.v1.Question', extensionNumber: 9 },
    },
    5,
  ],
  [{ case: 'allExtensionNumbersOfType', value: 'portcullis.v1.Nothing' }, 5],
  [undefined, 3],
];

test('what is not there is an error in the answer, not of the stream', async () => {
  const responses = await ask(
    PATHS[1]!,
    ERRORS.map(([asked]) => asked),
  );
  assert.deepEqual(
    responses.map(({ messageResponse }) =>
      messageResponse.case === 'errorResponse' ? messageResponse.value.errorCode : messageResponse.case,
    ),
    ERRORS.map(([, code]) => code),
  );
});

test('messages have no extensions', async () => {
  const response = await find({ case: 'allExtensionNumbersOfType', value: 'portcullis.v1.Question' });
  assert.ok(response.case === 'allExtensionNumbersResponse');
  assert.equal(response.value.baseTypeName, 'portcullis.v1.Question');
  assert.deepEqual(response.value.extensionNumber, []);
});

test('reflection is for clients that may use it, and refuses what it cannot read', async () => {
  async function* noise(): AsyncGenerator<Uint8Array> {
    yield Uint8Array.from([0x1a, 9]);
  }
  const methods = reflectionMethods({ authorize: createAuthorizer({}), services: SERVICES });
  for (const path of PATHS) {
    const refused = handlerOf(methods, path, 'bidi')(noise(), LOCAL_CALL);
    await assert.rejects(collect(refused), { code: 'unauthenticated' });
  }
  const open = handlerOf(
    reflectionMethods({ authorize: allowEveryone, services: SERVICES }),
    PATHS[0]!,
    'bidi',
  );
  await assert.rejects(collect(open(noise(), LOCAL_CALL)), { code: 'invalid_request' });
});
