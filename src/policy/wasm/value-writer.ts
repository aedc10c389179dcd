import { bytesOfText } from '../builtins/byte-text.ts';
import type { ModuleExports } from './abi.ts';
import type { RegoText } from './rego-text.ts';
import * as layout from './value-layout.ts';

/**
 * Writes a builtin's result into a module's memory and gives its address; 0 where the module cannot read it.
 * Booleans and texts, which most results are, are laid out here; others are given to the module's own parser.
 * @param memory gives the memory as it is now: allocating may make it grow
 * @throws what the module's allocator and parser throw
 */
export function writeValue(
  exports: ModuleExports,
  memory: () => Buffer,
  value: boolean | string | RegoText,
): number {
  if (typeof value === 'boolean') return writeBoolean(exports, memory, value);
  if (typeof value === 'string') return writeText(exports, memory, value);
  const length = Buffer.byteLength(value.text);
  const address = exports.opa_malloc(length);
  memory().write(value.text, address);
  return exports.opa_value_parse(address, length);
}

function writeBoolean(exports: ModuleExports, memory: () => Buffer, value: boolean): number {
  const address = exports.opa_malloc(layout.BOOLEAN_BYTES);
  const bytes = memory();
  bytes[address] = layout.TYPE.boolean;
  bytes[address + layout.BOOLEAN_VALUE] = value ? 1 : 0;
  return address;
}

/** The bytes stand right behind the text's fields, and are freed with them. Also those that are no UTF-8, which the parser would not take. */
function writeText(exports: ModuleExports, memory: () => Buffer, text: string): number {
  const raw = text.isWellFormed() ? undefined : bytesOfText(text);
  const length = raw?.length ?? Buffer.byteLength(text);
  const address = exports.opa_malloc(layout.TEXT_BYTES_HEADER + length);
  const bytes = memory();
  const start = address + layout.TEXT_BYTES_HEADER;
  bytes.writeUInt32LE(layout.TYPE.text, address);
  bytes.writeUInt32LE(length, address + layout.TEXT_LENGTH);
  bytes.writeUInt32LE(start, address + layout.TEXT_BYTES);
  if (raw === undefined) bytes.write(text, start, length);
  else bytes.set(raw, start);
  return address;
}
