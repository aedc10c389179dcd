import {
  create,
  type DescMethodUnary,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf';
import { type ChannelCredentials, Client, credentials, type ServiceError } from '@grpc/grpc-js';

/** A client of unary methods over one connection. */
export class GrpcClient {
  readonly #client: Client;

  constructor(address: string, channel: ChannelCredentials = credentials.createInsecure()) {
    // A channel of its own for each client, and no retries: the tests want to see every failure.
    this.#client = new Client(address, channel, {
      'grpc.use_local_subchannel_pool': 1,
      'grpc.enable_retries': 0,
    });
  }

  /** Calls one method; rejects with the ServiceError. */
  call<I extends DescMethodUnary['input'], O extends DescMethodUnary['output']>(
    method: DescMethodUnary<I, O>,
    request: MessageInitShape<I>,
    timeoutMs = 10_000,
  ): Promise<MessageShape<O>> {
    const { promise, resolve, reject } = Promise.withResolvers<MessageShape<O>>();
    this.#client.makeUnaryRequest(
      `/${method.parent.typeName}/${method.name}`,
      (message: MessageShape<I>) => Buffer.from(toBinary(method.input, message)),
      (bytes: Buffer) => fromBinary(method.output, bytes),
      create(method.input, request),
      { deadline: Date.now() + timeoutMs },
      (error: ServiceError | null, response) => (error ? reject(error) : resolve(response!)),
    );
    return promise;
  }

  close(): void {
    this.#client.close();
  }
}
