import { BuiltinError } from './builtin.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The text of decoded bytes. Throws BuiltinError where they are no UTF-8: OPA keeps such bytes in a string, and here
 * different ones would silently become equal.
 */
export function utf8Text(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw new BuiltinError('the bytes are not text in UTF-8', { cause });
  }
}
