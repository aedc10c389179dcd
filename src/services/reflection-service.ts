import { create, type DescService, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { GRPC_STATUS } from '../errors.ts';
import {
  type ServerReflectionRequest,
  ServerReflectionRequestSchema,
  ServerReflectionResponseSchema,
} from '../gen/grpc/reflection/v1/reflection_pb.ts';
import type { BidiHandler, RpcMethod } from '../rpc.ts';
import type { Authorizer } from './authorize.ts';
import { DescriptorIndex } from './descriptor-index.ts';
import { readMessage } from './read-message.ts';

export interface ReflectionServiceParts {
  readonly authorize: Authorizer;
  /** The services of the listener, reflection's own included. */
  readonly services: readonly DescService[];
}

/**
 * Server reflection under its two names; the messages of both are the same on the wire.
 * https://github.com/grpc/grpc/blob/master/doc/server-reflection.md
 */
export function reflectionMethods({ authorize, services }: ReflectionServiceParts): RpcMethod[] {
  const index = new DescriptorIndex(services);
  const handler: BidiHandler = async function* (requests, { peer }) {
    authorize(peer, 'reflection');
    for await (const bytes of requests)
      yield answer(index, readMessage(ServerReflectionRequestSchema, bytes));
  };
  return ['v1', 'v1alpha'].map((version) => ({
    path: `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`,
    kind: 'bidi',
    handler,
  }));
}

type MessageResponse = NonNullable<
  MessageInitShape<typeof ServerReflectionResponseSchema>['messageResponse']
>;

function answer(index: DescriptorIndex, request: ServerReflectionRequest): Uint8Array {
  const response = create(ServerReflectionResponseSchema, {
    validHost: request.host,
    originalRequest: request,
    messageResponse: find(index, request.messageRequest),
  });
  return toBinary(ServerReflectionResponseSchema, response);
}

function find(index: DescriptorIndex, request: ServerReflectionRequest['messageRequest']): MessageResponse {
  switch (request.case) {
    case 'listServices':
      return {
        case: 'listServicesResponse',
        value: { service: index.serviceNames.map((name) => ({ name })) },
      };
    case 'fileByFilename':
      return files(index.byFileName(request.value), `file ${request.value}`);
    case 'fileContainingSymbol':
      return files(index.bySymbol(request.value), `symbol ${request.value}`);
    case 'fileContainingExtension':
      return files(
        undefined,
        `extension ${request.value.extensionNumber} of ${request.value.containingType}`,
      );
    case 'allExtensionNumbersOfType':
      // Extensions exist in proto2 only, so that every known message has none.
      if (!index.hasMessage(request.value)) return files(undefined, `message ${request.value}`);
      return {
        case: 'allExtensionNumbersResponse',
        value: { baseTypeName: request.value, extensionNumber: [] },
      };
    case undefined:
    default:
      return error(
        GRPC_STATUS.INVALID_ARGUMENT,
        'The request asks nothing: set one field of message_request',
      );
  }
}

function files(encoded: readonly Uint8Array[] | undefined, wanted: string): MessageResponse {
  if (encoded === undefined) return error(GRPC_STATUS.NOT_FOUND, `Not found: ${wanted}`);
  return { case: 'fileDescriptorResponse', value: { fileDescriptorProto: [...encoded] } };
}

const error = (errorCode: number, errorMessage: string): MessageResponse => ({
  case: 'errorResponse',
  value: { errorCode, errorMessage },
});
