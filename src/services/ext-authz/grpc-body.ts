import { PortcullisError } from '../../errors.ts';
import type { JsonValue } from '../../json/value.ts';

export class GrpcBodies {
  static fromDescriptorSet(_bytes: Uint8Array): GrpcBodies {
    return new GrpcBodies();
  }

  read(_path: readonly string[], _rawBody: Uint8Array): { value: JsonValue; truncated: boolean } {
    throw new PortcullisError('invalid_request', 'gRPC bodies are not read yet');
  }
}
