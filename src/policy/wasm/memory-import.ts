/**
 * Reads the limits of a module's `env.memory` import from its bytes: `WebAssembly.Module.imports` names the import but
 * not its limits, and a memory smaller than the minimum does not link. The minimum grows with a policy's static data.
 * Format: WebAssembly core specification 2.0, sections 5.4.4 (limits) and 5.5.5 (import section).
 */

import { BinaryReader } from './binary-reader.ts';

export interface MemoryPages {
  readonly minimum: number;
  readonly maximum: number | undefined;
}

const HEADER_BYTES = 8;
const IMPORT_SECTION = 2;
const KIND = { func: 0, table: 1, memory: 2, global: 3 } as const;

/** Gives undefined when the module imports no memory. Throws RangeError when the bytes end inside a section. */
export function readMemoryImport(module: Uint8Array): MemoryPages | undefined {
  const reader = new BinaryReader(module, HEADER_BYTES);
  while (!reader.atEnd()) {
    const id = reader.byte();
    const size = reader.u32();
    if (id === IMPORT_SECTION) return readImports(reader);
    reader.skip(size);
  }
  return undefined;
}

function readImports(reader: BinaryReader): MemoryPages | undefined {
  for (let left = reader.u32(); left > 0; left--) {
    reader.skip(reader.u32());
    reader.skip(reader.u32());
    switch (reader.byte()) {
      case KIND.memory:
        return reader.limits();
      case KIND.func:
        reader.u32();
        break;
      case KIND.table:
        reader.skip(1);
        reader.limits();
        break;
      case KIND.global:
        reader.skip(2);
        break;
      default:
        throw new RangeError(`import of an unknown kind at byte ${reader.offset - 1}`);
    }
  }
  return undefined;
}
