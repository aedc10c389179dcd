import { createFileRegistry, type DescMessage, type FileRegistry, fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import type { InputLimits } from '../../../decision/json-view.ts';
import { PortcullisError, toPortcullisError } from '../../../errors.ts';
import type { JsonValue } from '../../../json/value.ts';
import { decodeMessage } from './proto-decode.ts';
import { protoJson } from './proto-json.ts';
import { MessageBudget } from './proto-wire.ts';

/** https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md: a byte that says whether it is compressed, four of length. */
const FRAME_HEADER_BYTES = 5;

/**
 * Reads the first message of gRPC bodies by the services of a descriptor set, as opa-envoy-plugin does.
 *
 * Other than there: types of `google.protobuf.Any` come from the descriptor set (there from what is linked into the
 * plugin); groups, and known fields with another wire type than their own, are refused (there the former are read and
 * the latter unknown); so are text that is not UTF-8 and an empty `google.protobuf.Value` where a later one replaces it; an
 * unknown number of a closed enum is left out (there the number); more than 50,000 messages in one are refused.
 */
export class GrpcBodies {
  readonly #types: FileRegistry;

  private constructor(types: FileRegistry) {
    this.#types = types;
  }

  /** `bytes`: an encoded `google.protobuf.FileDescriptorSet` with all imports. Throws `config_invalid`. */
  static fromDescriptorSet(bytes: Uint8Array): GrpcBodies {
    try {
      return new GrpcBodies(createFileRegistry(fromBinary(FileDescriptorSetSchema, bytes)));
    } catch (thrown) {
      throw new PortcullisError(
        'config_invalid',
        'The descriptor set cannot be read: write it with `buf build -o` or `protoc --include_imports -o`',
        { cause: thrown },
      );
    }
  }

  /**
   * The message in JSON; `unknown` when it is compressed, or for an unknown method or one that takes a stream; `cut` when
   * its end is missing. `path` is the decoded path, `rawBody` not empty.
   * Throws `invalid_request`, `json_too_deep`, `over_limit`.
   */
  read(
    path: readonly string[],
    rawBody: Uint8Array,
    limits: InputLimits,
  ): { readonly value: JsonValue } | 'unknown' | 'cut' {
    const [service, method] = path;
    if (path.length !== 2 || service === undefined || method === undefined) {
      throw new PortcullisError('invalid_request', 'The path of a gRPC call is not /service/method');
    }
    if (rawBody.byteLength < FRAME_HEADER_BYTES) {
      throw new PortcullisError('invalid_request', 'The gRPC body is shorter than the header of a message');
    }
    if (rawBody[0] !== 0) return 'unknown';
    const length = new DataView(rawBody.buffer, rawBody.byteOffset, rawBody.byteLength).getUint32(1);
    if (length > rawBody.byteLength - FRAME_HEADER_BYTES) return 'cut';
    const input = this.#inputOf(service, method);
    if (input === undefined) return 'unknown';
    const message = rawBody.subarray(FRAME_HEADER_BYTES, FRAME_HEADER_BYTES + length);
    return { value: this.#decode(input, message, limits) };
  }

  #inputOf(service: string, method: string): DescMessage | undefined {
    const found = this.#types.getService(service)?.methods.find(({ name }) => name === method);
    const isUnary = found?.methodKind === 'unary' || found?.methodKind === 'server_streaming';
    return isUnary ? found.input : undefined;
  }

  #decode(input: DescMessage, bytes: Uint8Array, { maxDepth }: InputLimits): JsonValue {
    try {
      const budget = new MessageBudget();
      const message = decodeMessage(input, bytes, maxDepth, budget);
      return protoJson(message, { getMessage: (name) => this.#types.getMessage(name), maxDepth, budget });
    } catch (thrown) {
      throw toPortcullisError(thrown, 'invalid_request');
    }
  }
}
