import { type DescMessage, fromBinary } from '@bufbuild/protobuf';
import { type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';
import { checkWire, type MessageBudget } from './proto-wire.ts';

/**
 * Decodes a message that {@link checkWire} finds sound. A document of depth n is a message of depth 2n at most: a
 * Struct's values are messages between. Throws `invalid_request`, `over_limit` and what the runtime's decoder throws.
 */
export function decodeMessage(
  desc: DescMessage,
  bytes: Uint8Array,
  maxJsonDepth: number,
  budget: MessageBudget,
): ReflectMessage {
  const maxDepth = 2 * maxJsonDepth + 2;
  checkWire(desc, bytes, maxDepth, budget);
  return reflect(desc, fromBinary(desc, bytes, { readUnknownFields: false, recursionLimit: maxDepth }));
}
