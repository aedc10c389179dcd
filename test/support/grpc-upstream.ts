/** A gRPC server behind Envoy, for tests: health checks that tell who asked. */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import {
  type Metadata,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
} from '@grpc/grpc-js';
import {
  file_grpc_health_v1_health,
  HealthCheckRequestSchema,
  HealthCheckResponseSchema,
} from '../../src/gen/grpc/health/v1/health_pb.ts';

export interface GrpcUpstream {
  readonly port: number;
  /** The services that were asked for and the `x-user` they came with, in order. */
  readonly asked: readonly (readonly [service: string, user: string])[];
  stop(): void;
}

/** The descriptor set of the service it serves. */
export const healthDescriptors: Uint8Array = toBinary(
  FileDescriptorSetSchema,
  create(FileDescriptorSetSchema, { file: [file_grpc_health_v1_health.proto] }),
);

const same = (bytes: Buffer): Buffer => bytes;
const method = (name: string, responseStream: boolean) => ({
  path: `/grpc.health.v1.Health/${name}`,
  requestStream: false,
  responseStream,
  requestSerialize: same,
  requestDeserialize: same,
  responseSerialize: same,
  responseDeserialize: same,
});

const SERVING = Buffer.from(
  toBinary(HealthCheckResponseSchema, create(HealthCheckResponseSchema, { status: 1 })),
);

/** `Check` answers SERVING, `Watch` twice. */
export async function startGrpcUpstream(): Promise<GrpcUpstream> {
  const asked: (readonly [string, string])[] = [];
  const note = ({ request, metadata }: { request: Buffer; metadata: Metadata }): void => {
    const { service } = fromBinary(HealthCheckRequestSchema, request);
    asked.push([service, String(metadata.get('x-user')[0] ?? '')]);
  };
  const server = new Server();
  server.addService(
    { Check: method('Check', false), Watch: method('Watch', true) },
    {
      Check: (call: ServerUnaryCall<Buffer, Buffer>, answer: sendUnaryData<Buffer>) => {
        note(call);
        answer(null, SERVING);
      },
      Watch: (call: ServerWritableStream<Buffer, Buffer>) => {
        note(call);
        call.write(SERVING);
        call.write(SERVING);
        call.end();
      },
    },
  );
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return { port, asked, stop: () => server.forceShutdown() };
}
