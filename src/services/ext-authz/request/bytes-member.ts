import { Buffer } from 'node:buffer';
import type { JsonObject, JsonValue } from '../../../json/value.ts';

/** Longer bytes are written when somebody looks: to leave a member to be made later costs as much as to write some hundred bytes. */
const LONGEST_AT_ONCE_BYTES = 512;

/**
 * Gives `target` bytes as a member, in Base64 as Go's encoding/json writes it: the standard alphabet, padded (RFC 4648
 * section 4). Long ones are a body, which hardly any policy reads in this form; so they are written when they are asked for,
 * until when `bytes` must stay as they are. To everybody who looks it is a member like any other: enumerable, and it can be
 * written and deleted.
 */
export function setBytes(target: JsonObject, name: string, bytes: Uint8Array): void {
  if (bytes.byteLength <= LONGEST_AT_ONCE_BYTES) {
    target[name] = base64(bytes);
    return;
  }
  let value: JsonValue | undefined;
  Object.defineProperty(target, name, {
    get: () => (value === undefined ? (value = base64(bytes)) : value),
    set: (other: JsonValue) => {
      value = other;
    },
    enumerable: true,
    configurable: true,
  });
}

const base64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
