import { type DescMessage, fromBinary, type MessageShape } from '@bufbuild/protobuf';
import { PortcullisError } from '../errors.ts';

/** Decodes a request of a call that is not hot. Throws `invalid_request`, also for nesting beyond protobuf's limit of 100. */
export function readMessage<T extends DescMessage>(schema: T, bytes: Uint8Array): MessageShape<T> {
  try {
    return fromBinary(schema, bytes, { readUnknownFields: false });
  } catch (cause) {
    throw new PortcullisError('invalid_request', `The request is no valid ${schema.typeName}`, { cause });
  }
}
